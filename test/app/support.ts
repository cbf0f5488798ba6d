/** What the application's tests share: databases of both kinds, the application over one, and real processes of it. */
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { FastifyInstance } from 'fastify';
import { Client } from 'pg';
import type { Database, StoredLink } from '../../app/adapters/database';
import type { Log } from '../../app/adapters/log';
import { MIGRATIONS } from '../../app/adapters/migrations';
import { readPageFiles } from '../../app/adapters/page-files';
import { openPostgres } from '../../app/adapters/postgres';
import { buildApp, type AppOptions } from '../../app/app';
import { createServices, type ServiceOptions, type Services } from '../../app/services/services';
import { startPostgres } from '../../local/parts/postgres';
import { serverProgram } from '../support/program';
import { EMBEDDED } from '../support/run-folder';
import { SHORT_LIVED } from '../support/runtime';
import { shared } from '../support/shared';
import { openEmbeddedApart } from './embedded-client';

/** Fastify's `inject` loads it, and Jest loads no ES module on Node 20; no test sends a cookie. */
jest.mock('cookie', () => ({}));

const PAGE = readPageFiles(join(__dirname, '../../app/web'));
const ROOT = join(__dirname, '../..');

export const ADMIN_TOKEN = 'admin-token-of-the-tests';

export const silent: Log = { info: () => undefined, warn: () => undefined, error: () => undefined };

/** A link as the database holds it, just made. */
export function storedLink(code: string, url = 'https://example.com/'): StoredLink {
  return { code, url, createdAt: new Date(), expiresAt: null, deletedAt: null, clicks: 0, version: 1 };
}

/** A log that keeps its sentences. */
export function listen(): Log & { readonly sentences: string[] } {
  const sentences: string[] = [];
  const note = (_fields: object, sentence: string): void => {
    sentences.push(sentence);
  };
  return { sentences, info: note, warn: note, error: note };
}

export interface OpenDatabase {
  readonly database: Database;
  close(): Promise<void>;
}

/** A folder of its own and a function that removes it. */
export function temporaryFolder(): { readonly path: string; remove(): void } {
  const path = mkdtempSync(join(tmpdir(), 'zero-to-million-app-'));
  return {
    path,
    remove() {
      rmSync(path, { recursive: true, force: true });
    },
  };
}

/** A temporary folder with an empty embedded database in it: one takes several times as long to make as to copy. */
export function embeddedFolder(): ReturnType<typeof temporaryFolder> {
  const folder = temporaryFolder();
  cpSync(shared(EMBEDDED, makeEmbedded), join(folder.path, 'postgresql'), { recursive: true });
  return folder;
}

function makeEmbedded(dataDir: string): void {
  // In a process of its own: PGlite loads ES modules, which Jest's sandbox cannot.
  const script = `require('@electric-sql/pglite').PGlite.create(process.argv[1]).then((made) => made.close())`;
  execFileSync(process.execPath, [...SHORT_LIVED, '-e', script, dataDir], { cwd: ROOT });
}

async function openTemporaryEmbedded(): Promise<OpenDatabase> {
  const folder = embeddedFolder();
  const database = openEmbeddedApart(folder.path);
  await database.health.canRead();
  return {
    database,
    async close() {
      await database.close();
      folder.remove();
    },
  };
}

export async function openTemporaryPostgres(): Promise<OpenDatabase> {
  const postgres = await startPostgres();
  const database = await openPostgres({ url: postgres.url, migrations: MIGRATIONS, log: silent });
  return {
    database,
    async close() {
      await database.close();
      await postgres.stop();
    },
  };
}

/** Both databases, for `describe.each`. */
export const DATABASES = [
  { name: 'PostgreSQL', open: openTemporaryPostgres },
  { name: 'the embedded PostgreSQL', open: openTemporaryEmbedded },
] as const;

export interface TestApp {
  readonly app: FastifyInstance;
  readonly services: Services;
}

export function createApp(database: Database, options: Partial<AppOptions & ServiceOptions> = {}): TestApp {
  const log = options.log ?? silent;
  const services = createServices({ adminToken: ADMIN_TOKEN, ...options, database, log });
  const app = buildApp({
    serverId: 'test-server',
    region: 'test-region',
    serverTiming: true,
    trustedProxies: 0,
    page: PAGE,
    ...options,
    log,
    services,
  });
  return { app, services };
}

let lastAddress = 0;

/** Another client each time, so that tests do not use up each other's limits. */
export function nextAddress(): string {
  lastAddress += 1;
  return `198.51.${Math.floor(lastAddress / 250) % 250}.${(lastAddress % 250) + 1}`;
}

/** Runs statements as the superuser, on a connection of its own. */
export async function runSql(url: string, ...statements: readonly string[]): Promise<void> {
  const client = new Client(url);
  await client.connect();
  try {
    for (const statement of statements) {
      await client.query(statement);
    }
  } finally {
    await client.end();
  }
}

export interface ServerProcess {
  readonly child: ChildProcess;
  /** `http://127.0.0.1:port`. */
  readonly url: string;
  /** Resolves with exit code or signal. */
  readonly ended: Promise<number | NodeJS.Signals>;
  /** Everything it has written so far. */
  output(): string;
}

/** Starts the application, from today's bundle or another one, on a free port; resolves once it serves. */
export async function startServer(
  environment: Readonly<Record<string, string>>,
  program?: string,
): Promise<ServerProcess> {
  const { child, ended, output } = spawnServer({ PORT: '0', ...environment }, program);
  const port = await new Promise<number>((resolve, reject) => {
    createInterface({ input: childOutput(child) }).on('line', (line) => {
      const serving = /"port":(\d+)\}.*is serving/.exec(line);
      if (serving !== null) {
        resolve(Number(serving[1]));
      }
    });
    void ended.then((code) => {
      reject(new Error(`The server ended with ${code}: ${output()}`));
    });
  });
  return { child, ended, output, url: `http://127.0.0.1:${port}` };
}

/** Starts the application, from today's bundle or another one, without waiting for anything. */
export function spawnServer(
  environment: Readonly<Record<string, string>>,
  program = serverProgram(),
): Omit<ServerProcess, 'url'> {
  const child = spawn(process.execPath, [...SHORT_LIVED, program], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH: process.env['PATH'], ...environment },
  });
  let written = '';
  child.stdout.on('data', (chunk: Buffer) => (written += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (written += chunk.toString()));
  const ended = once(child, 'close').then(([code, signal]: readonly unknown[]) =>
    typeof code === 'number' ? code : toSignal(signal),
  );
  return { child, ended, output: () => written };
}

function toSignal(value: unknown): NodeJS.Signals {
  return value === 'SIGKILL' ? 'SIGKILL' : 'SIGTERM';
}

function childOutput(child: ChildProcess): NodeJS.ReadableStream {
  if (child.stdout === null) {
    throw new Error('The server was started without its output.');
  }
  return child.stdout;
}

/** Asks until the answer satisfies, for `timeout` ms at most; resolves with the last answer. */
export async function eventually<Value>(
  ask: () => Promise<Value>,
  satisfies: (value: Value) => boolean,
  timeout = 10_000,
): Promise<Value> {
  const deadline = Date.now() + timeout;
  for (;;) {
    const value = await ask();
    if (satisfies(value) || Date.now() > deadline) {
      return value;
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
