/** Stryker's workers, and their end. */
import { spawnSync } from 'node:child_process';

/** In the command line of each of them. */
const PACKAGE = '@stryker-mutator';

/** Ends them with this process, also where it is called off: one that a mutant keeps in a loop ends by nothing else. */
export function endWorkersAtExit(): void {
  process.once('exit', () => spawnSync('pkill', ['-KILL', '-P', String(process.pid), '-f', PACKAGE]));
}
