/** The application on a port of this machine, in a process that can be broken. */
import { cpSync, existsSync, symlinkSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { readQueueUrl } from '../../contract/click-queue';
import type { ApplicationSettings } from '../../contract/settings';
import { bundlePage, serverOptions } from '../../lib/constructs/compute/bundle';
import { NODE_FLAGS } from '../../server/node-flags';
import { NOT_GIVEN } from '../settings';
import { compile } from './compile';
import { EMPTY_EMBEDDED } from './empty-databases';
import { LOCAL_CREDENTIALS } from './queue';
import { onPort } from './ports';
import { supervise, currentUser, type Part } from './supervised';

/** The application in a form that Node runs. */
export interface Program {
  readonly nodeArguments: readonly string[];
}

export interface Application extends Part {
  /** `http://127.0.0.1:port` */
  readonly url: string;
  readonly port: number;
}

const ROOT = resolve(__dirname, '../..');

/**
 * As servers run it: written into an existing folder, for as many as run it. It starts several times faster than its
 * sources. The embedded database, which servers have not, it finds beside it.
 */
export async function bundled(folder: string): Promise<Program> {
  const program = join(folder, 'server.js');
  writeFileSync(program, await compile(join(ROOT, 'app/server.ts'), serverOptions(ROOT)));
  bundlePage({ root: ROOT, entry: undefined, folder });
  symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
  return { nodeArguments: [program] };
}

/**
 * Starts one server and resolves when it serves. Without a database in the settings it has one in its own process, whose
 * files are temporary unless `DATA_DIR` says otherwise.
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
      command: (folder) => [
        ...['env', `DATA_DIR=${settings.DATA_DIR ?? join(folder, 'data')}`],
        ...[process.execPath, ...NODE_FLAGS, ...program.nodeArguments],
      ],
      prepare: (folder) => {
        const empty = process.env[EMPTY_EMBEDDED];
        const isNew = settings.DATABASE_URL === undefined && settings.DATA_DIR === undefined;
        if (isNew && empty !== undefined && existsSync(empty)) {
          cpSync(empty, join(folder, 'data', 'postgresql'), { recursive: true });
        }
      },
      environment: {
        ...NOT_GIVEN,
        ...(isOfThisMachine(settings.CLICK_QUEUE_URL) ? LOCAL_CREDENTIALS : {}),
        ...settings,
        // The line above is one of the level `info`.
        LOG_LEVEL: 'info',
        PORT: String(port),
      },
      user: currentUser(),
    });
    return Object.assign(part, { url: `http://127.0.0.1:${port}`, port });
  });
}

/** A queue of one's own is asked with one's own credentials. */
function isOfThisMachine(queueUrl = ''): boolean {
  const address = readQueueUrl(queueUrl);
  return address?.kind === 'sqs' && new URL(address.url).hostname === '127.0.0.1';
}
