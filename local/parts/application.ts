/** The application on a port of this machine, in a process that can be broken. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { ApplicationSettings } from '../../contract/settings';
import { bundleServer } from '../../lib/constructs/compute/bundle';
import { NODE_FLAGS } from '../../server/node-flags';
import { onPort, supervise, currentUser, type Part } from './supervised';

/** The application in a form that Node runs. */
export interface Program {
  readonly nodeArguments: readonly string[];
  /** Removes what was made for it. */
  remove(): void;
}

export interface Application extends Part {
  /** `http://127.0.0.1:port` */
  readonly url: string;
  readonly port: number;
}

const ROOT = resolve(__dirname, '../..');

/** As it stands in the sources, with the embedded database beside it. */
export const FROM_SOURCE: Program = {
  nodeArguments: ['--import', pathToFileURL(require.resolve('tsx')).href, join(ROOT, 'app/server.ts')],
  remove: () => undefined,
};

/** As servers run it: bundled once, for as many as run it. It starts several times faster, and has no database in it. */
export function bundled(): Program {
  const folder = mkdtempSync(join(tmpdir(), 'zero-to-million-bundle-'));
  bundleServer({ root: ROOT, entry: undefined, folder });
  return {
    nodeArguments: [join(folder, 'server.js')],
    remove: () => {
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/**
 * Starts one server and resolves when it serves.
 *
 * @throws Error with the end of its log when it does not start.
 */
export async function startApplication(
  program: Program,
  settings: ApplicationSettings,
  given?: number,
): Promise<Application> {
  return onPort(given, async (port) => {
    const part = await supervise({
      name: 'application',
      serves: /The application is serving/,
      endsAt: ['TERM'],
      command: () => [process.execPath, ...NODE_FLAGS, ...program.nodeArguments],
      prepare: () => undefined,
      // The line above is one of the level `info`.
      environment: { ...settings, LOG_LEVEL: 'info', PORT: String(port) },
      user: currentUser(),
    });
    return Object.assign(part, { url: `http://127.0.0.1:${port}`, port });
  });
}
