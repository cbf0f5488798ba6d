/** Stryker's workers, and their end. */
import { spawnSync } from 'node:child_process';

/** In the command line of each of them. */
const PACKAGE = '@stryker-mutator';

/** Ends them with this process, also where it is called off: one that a mutant keeps in a loop ends by nothing else. */
export function endWorkersAtExit(): void {
  process.once('exit', () => {
    const { stdout } = spawnSync('ps', ['-A', '-o', 'pid=,ppid=,args='], {
      encoding: 'utf8',
      maxBuffer: 64 * 1024 * 1024,
    });
    for (const line of stdout.split('\n')) {
      const [pid, parent] = line.trim().split(/\s+/, 2).map(Number);
      if (pid === undefined || parent !== process.pid || !line.includes(PACKAGE)) continue;
      try {
        process.kill(pid, 'SIGKILL');
      } catch {
        // It has ended.
      }
    }
  });
}
