/** What is made once in a run of the tests, whichever test file and worker asks first; so nothing of it is ever stale. */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { RUN_FOLDER } from './run-folder';

/** How long another worker may take to make it, in ms. */
const PATIENCE_MS = 60_000;
const LOOK_MS = 20;

/**
 * The path of the file or folder of that name in the run's folder, which `make` writes to the path that it is given where
 * there is none yet. Another worker that asks meanwhile waits; it comes to its place by a rename, and so is always whole.
 *
 * @throws Error as `make` does
 */
export function shared(name: string, make: (path: string) => void): string {
  const folder = process.env[RUN_FOLDER];
  if (folder === undefined) throw new Error(`${RUN_FOLDER} is not set: run tests with Jest's configuration.`);
  const path = join(folder, name);
  const claim = `${path}.claim`;
  const deadline = Date.now() + PATIENCE_MS;
  while (!existsSync(path)) {
    if (takes(claim)) {
      try {
        make(`${path}.unfinished`);
        renameSync(`${path}.unfinished`, path);
      } finally {
        rmdirSync(claim);
      }
    } else if (Date.now() > deadline) {
      throw new Error(`Another worker has not made ${name} in ${PATIENCE_MS / 1_000} s.`);
    } else {
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, LOOK_MS);
    }
  }
  return path;
}

/** The JSON that `make` gives for `key`. */
export function sharedJson(key: string, make: () => unknown): unknown {
  // No run of tests, but a command that asks once, such as `npm run docs`.
  if (process.env[RUN_FOLDER] === undefined) return JSON.parse(JSON.stringify(make()));
  const path = sharedFor(key, (made) => {
    writeFileSync(made, JSON.stringify(make()));
  });
  return JSON.parse(readFileSync(path, 'utf8'));
}

/** `shared` under a key that is no name of a file. */
export function sharedFor(key: string, make: (path: string) => void): string {
  return shared(createHash('sha256').update(key).digest('hex'), make);
}

/** Takes the claim; false where another worker has it. */
function takes(claim: string): boolean {
  try {
    mkdirSync(claim);
    return true;
  } catch {
    return false;
  }
}
