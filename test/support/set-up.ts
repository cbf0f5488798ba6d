/** Jest's global set-up: once before a run, in the process that starts its workers. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Config } from 'jest-runner';
import { ACCEPTS, furnish, RUN_FOLDER } from './run-folder';

/** Makes the folder that the run's test files share, where Jest runs by itself: `npm test` has made one. */
export default function setUp({ updateSnapshot }: Config.GlobalConfig): void {
  process.env[ACCEPTS] = String(updateSnapshot === 'all');
  if (process.env[RUN_FOLDER] !== undefined) return;
  const folder = mkdtempSync(join(tmpdir(), 'zero-to-million-run-'));
  // Workers are started with this process's environment.
  Object.assign(process.env, furnish(folder));
  process.once('exit', () => {
    rmSync(folder, { recursive: true, force: true });
  });
  // Without a listener a signal ends the process and `exit` is never heard.
  for (const [signal, code] of Object.entries({ SIGINT: 130, SIGTERM: 143 })) {
    process.once(signal, () => process.exit(code));
  }
}
