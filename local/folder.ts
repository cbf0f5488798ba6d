/** A temporary folder that does not outlive this process, however that ends. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface Folder {
  readonly path: string;
  /** Removes it with all that is in it; resolves when it is gone. */
  remove(): Promise<void>;
}

/**
 * Waits for the end of its standard input, which the kernel brings about even after a SIGKILL. Ctrl-C in a terminal
 * is for its parent, who decides.
 */
const KEEPER = `trap '' INT TERM HUP; read -r _; rm -rf "$1"`;

/**
 * Makes it for this user alone.
 *
 * @param prefix what its name begins with
 * @param parent where it is made. @default - the system's temporary folder
 */
export function temporaryFolder(prefix: string, parent = tmpdir()): Folder {
  const path = mkdtempSync(join(parent, prefix));
  const keeper = spawn('sh', ['-c', KEEPER, 'keeper', path], {
    detached: true,
    cwd: '/',
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  const gone = once(keeper, 'exit');
  return {
    path,
    remove: async () => {
      keeper.stdin.end();
      await gone;
    },
  };
}
