/** What is made once in a run of the tests, whichever test file and worker asks first. */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { RUN_FOLDER } from './run-folder';

/**
 * The JSON that `make` gives for `key`, asked once a run, so that it is never stale. Two workers that ask at the same moment both make it, and each
 * reads a whole one: it comes to its place by a rename.
 */
export function sharedJson(key: string, make: () => unknown): unknown {
  const folder = process.env[RUN_FOLDER];
  // No run of tests, but a command that asks once, such as `npm run climbs`.
  if (folder === undefined) return JSON.parse(JSON.stringify(make()));
  const file = join(folder, `${createHash('sha256').update(key).digest('hex')}.json`);
  if (!existsSync(file)) {
    const unfinished = `${file}.${process.pid}`;
    writeFileSync(unfinished, JSON.stringify(make()));
    renameSync(unfinished, file);
  }
  return JSON.parse(readFileSync(file, 'utf8'));
}
