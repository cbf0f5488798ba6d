/** Jest's global set-up: once before a run, in the process that starts its workers. */
import { chmodSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EMPTY_DATABASE } from '../../local/parts/postgres';
import { RUN_FOLDER } from './shared';

/** Makes the folder that the run's test files share; it is gone when Jest's process is, also when that was interrupted. */
export default function setUp(): void {
  const folder = mkdtempSync(join(tmpdir(), 'zero-to-million-run-'));
  // Workers are started with this process's environment.
  process.env[RUN_FOLDER] = folder;
  process.env[EMPTY_DATABASE] = join(folder, 'databases', 'empty');
  // As root, PostgreSQL runs as another user, who must get in and write there.
  chmodSync(folder, 0o711);
  mkdirSync(join(folder, 'databases'));
  chmodSync(join(folder, 'databases'), 0o1777);
  process.once('exit', () => {
    rmSync(folder, { recursive: true, force: true });
  });
  // Without a listener a signal ends the process and `exit` is never heard.
  for (const [signal, code] of Object.entries({ SIGINT: 130, SIGTERM: 143 })) {
    process.once(signal, () => process.exit(code));
  }
}
