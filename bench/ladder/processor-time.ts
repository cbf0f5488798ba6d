/** Processor time of parts that are several processes: a PostgreSQL with its backends, HAProxy with its worker. */
import { spawnSync } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';

/** A process of this machine. */
export interface ProcessTime {
  readonly pid: number;
  readonly parent: number;
  /** Its own, and that of its children that have ended. */
  readonly seconds: number;
}

/** Of `/proc`, on every architecture that Node runs on. */
const TICKS_PER_SECOND = 100;

/** Processor time of each tree of processes so far, in seconds, in the order of their first processes. */
export function treeSeconds(roots: readonly number[]): readonly number[] {
  const processes = process.platform === 'linux' ? readProc() : readPs();
  return roots.map((root) => sumTree(processes, root));
}

export function sumTree(processes: readonly ProcessTime[], root: number): number {
  return processes
    .filter(({ pid, parent }) => pid === root || parent === root)
    .reduce((sum, { pid, seconds }) => sum + (pid === root ? seconds : sumTree(processes, pid)), 0);
}

function readProc(): readonly ProcessTime[] {
  return readdirSync('/proc')
    .map(Number)
    .filter((pid) => pid > 0)
    .flatMap((pid) => {
      try {
        return [parseStat(pid, readFileSync(`/proc/${pid}/stat`, 'utf8'))];
      } catch {
        // It has ended meanwhile.
        return [];
      }
    });
}

/** A line of `/proc/PID/stat`: see proc_pid_stat(5). */
export function parseStat(pid: number, line: string): ProcessTime {
  // After the name, which may hold spaces and brackets.
  const fields = line.slice(line.lastIndexOf(')') + 2).split(' ');
  const [own, ended] = [fields.slice(11, 13), fields.slice(13, 15)];
  const ticks = [...own, ...ended].reduce((sum, field) => sum + Number(field), 0);
  return { pid, parent: Number(fields[1]), seconds: ticks / TICKS_PER_SECOND };
}

/** macOS: without children that have ended, such as a database's connection that was closed meanwhile. */
function readPs(): readonly ProcessTime[] {
  const { stdout } = spawnSync('ps', ['-A', '-o', 'pid=,ppid=,time='], { encoding: 'utf8' });
  return stdout
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .filter((fields) => fields.length === 3)
    .map(([pid, parent, time = '']) => ({
      pid: Number(pid),
      parent: Number(parent),
      seconds: time.split(':').reduce((total, part) => total * 60 + Number(part), 0),
    }));
}
