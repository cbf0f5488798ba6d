/** The folder of a run of the tests: everything temporary is in it, and it is gone with the run. */
import { chmodSync, mkdirSync, symlinkSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { EMPTY_DATABASE, EMPTY_EMBEDDED } from '../../local/parts/empty-databases';

/** The environment variable that names it; every process that a test starts has it. */
export const RUN_FOLDER = 'ZERO_TO_MILLION_TEST_RUN';

/** The environment variable that says whether changed snapshots are accepted (`-u`): `true` or `false`. */
export const ACCEPTS = 'ZERO_TO_MILLION_ACCEPT_SNAPSHOTS';

/** The name in it of an empty embedded database, once a test has made it. */
export const EMBEDDED = 'embedded';

/** Furnishes a new folder, and says what the environment of the tests is then. */
export function furnish(folder: string): Readonly<Record<string, string>> {
  // As root, servers run as another user, who must get in, and write where databases are.
  chmodSync(folder, 0o711);
  const databases = join(folder, 'databases');
  mkdirSync(databases);
  chmodSync(databases, 0o1777);
  // Programs in it find packages as the sources do.
  symlinkSync(resolve(__dirname, '../../node_modules'), join(folder, 'node_modules'));
  return {
    [RUN_FOLDER]: folder,
    // From Node 22 on ESLint and others keep what is compiled in the temporary folder, where it would count as left behind.
    NODE_DISABLE_COMPILE_CACHE: '1',
    // A run within a run takes what that one has made.
    [EMPTY_DATABASE]: process.env[EMPTY_DATABASE] ?? join(databases, 'empty'),
    [EMPTY_EMBEDDED]: process.env[EMPTY_EMBEDDED] ?? join(folder, EMBEDDED),
  };
}
