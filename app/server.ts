/**
 * The process: settings → database → migrations → cache → HTTP → signals. Everything that touches the surroundings is here; what
 * the application does is in app.ts.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { Server as NetServer } from 'node:net';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import type { FastifyInstance } from 'fastify';
import pino, { type Logger } from 'pino';
import type { Cache } from './adapters/cache/cache';
import { openCache } from './adapters/cache/valkey';
import { fetchFromSecretsManager } from './adapters/credentials';
import { DatabaseUnavailable, type Database } from './adapters/database';
import { FolderUnusable, openEmbedded } from './adapters/embedded';
import { FolderInUse } from './adapters/folder-lock';
import { SchemaTooNew } from './adapters/migrate';
import { MIGRATIONS } from './adapters/migrations';
import { readPageFiles } from './adapters/page-files';
import { openPostgres } from './adapters/postgres';
import { isNotLetIn } from './adapters/postgres/errors';
import { openClickQueue, type ClickQueue } from './adapters/queue/click-queue';
import { buildApp } from './app';
import { createServices, type Services } from './services/services';
import { describeSettings, readSettings, type DatabaseSettings, type Settings } from './settings';

const HELP = `Usage: server

Serves the link shortener. Settings are environment variables; all are optional:

${describeSettings()}

NODE_ENV=production listens on every interface, not on 127.0.0.1 alone, and keeps Server-Timing to requests that
ask for it (Prefer: server-timing).
SIGTERM or SIGINT stops: running requests finish, clicks are written. A second signal stops at once.
`;

/**
 * On a server every interface: the load balancer, the proxy beside it and a fixed address reach it by IPv4. On a
 * developer's machine none but its own.
 */
const IN_PRODUCTION = process.env['NODE_ENV'] === 'production';
const HOST = IN_PRODUCTION ? '0.0.0.0' : '127.0.0.1';

/** How long a start waits for its database, in ms: longer than a server that boots beside it takes. */
const DATABASE_PATIENCE_MS = 60_000;

/** How long a start waits before it tries its database again, in ms: at first about as long as another server takes to make its tables. */
const FIRST_RETRY_MS = 100;
const LAST_RETRY_MS = 1_000;

/** While stopping: how long open connections are still served, each told to close, in ms. */
const FAREWELL_MS = 1_000;

/** While stopping: how long connections that came last have for sending their request, in ms. */
const LAST_REQUESTS_MS = 200;

/** While stopping: how long requests may take to finish, and clicks to be written, in ms. */
const REQUESTS_PATIENCE_MS = 10_000;
const CLICKS_PATIENCE_MS = 5_000;
const DATABASE_CLOSE_PATIENCE_MS = 2_000;

/** A start that failed for a reason that people can act on: the sentence is all they need. */
class StartFailed extends Error {
  override readonly name = 'StartFailed';
}

async function main(): Promise<void> {
  if (process.argv.includes('--help')) {
    process.stdout.write(HELP);
    return;
  }
  const read = readSettings(process.env);
  if (!read.valid) {
    throw new StartFailed(
      `The settings are not usable:\n${read.problems.map((problem) => `  ${problem}`).join('\n')}`,
    );
  }
  const { settings } = read;
  const log = pino({
    level: settings.logLevel,
    base: { server: settings.serverId, region: settings.region },
  });
  const database = await openWithPatience(settings.database, log);
  const cache = settings.cache && (await openCache({ ...settings.cache, log }));
  const clickQueue = settings.clickQueue && openClickQueue(settings.clickQueue);
  const services = createServices({ ...settings, database, cache, clickQueue, log });
  await services.deletions?.start();
  const app = buildApp({
    ...settings,
    services,
    log,
    serverTiming: !IN_PRODUCTION,
    queueKind: settings.clickQueue?.address.kind,
    page: readPageFiles(join(__dirname, 'web')),
  });
  stopOnSignal({ app, services, database, cache, clickQueue, log });
  await listen(app, settings);
  services.clicks.start();
  log.info({ address: app.server.address() }, 'The application is serving.');
}

/** @throws StartFailed where the database does not come in time, or never will */
async function openWithPatience(settings: DatabaseSettings, log: Logger): Promise<Database> {
  const deadline = performance.now() + DATABASE_PATIENCE_MS;
  const database = nameOf(settings);
  log.info({ database }, 'Opening the database.');
  for (let retryMs = FIRST_RETRY_MS; ; retryMs = Math.min(LAST_RETRY_MS, retryMs * 2)) {
    try {
      return await open(settings, log);
    } catch (error) {
      if (!(error instanceof DatabaseUnavailable)) {
        throw error;
      }
      if (isNotLetIn(error.cause) && isFinal(settings)) {
        throw new StartFailed(
          `The database ${database} does not let this application in: ${reasonOf(error.cause)}. Correct DATABASE_URL.`,
        );
      }
      if (performance.now() > deadline) {
        throw new StartFailed(
          `The database ${database} was not to be had within ${DATABASE_PATIENCE_MS / 1_000} s: ${reasonOf(error.cause)}.`,
        );
      }
      log.warn(
        { database, reason: reasonOf(error.cause) },
        'The database is not to be had yet; trying again.',
      );
      await sleep(retryMs * (0.5 + Math.random()));
    }
  }
}

/** A secret may be rotated in this very moment; what stands in a URL stays as it is. */
function isFinal(settings: DatabaseSettings): boolean {
  return settings.kind === 'postgres' && settings.secretArn === undefined;
}

/** Which database, as people know it; without the password. */
function nameOf(settings: DatabaseSettings): string {
  if (settings.kind === 'embedded') {
    return `in ${resolve(settings.dataDir)}`;
  }
  const { username, host, pathname, searchParams } = new URL(settings.url);
  const user = username === '' ? '' : `${decodeURIComponent(username)}@`;
  return `${user}${host}${pathname}${searchParams.has('host') ? ` on ${searchParams.get('host') ?? ''}` : ''}`;
}

/** Node says nothing in the message where it has tried several addresses. */
function reasonOf(cause: unknown): string {
  if (cause instanceof AggregateError) {
    return cause.errors.map(reasonOf).join(', ');
  }
  return cause instanceof Error ? cause.message : String(cause);
}

function open(settings: DatabaseSettings, log: Logger): Promise<Database> {
  if (settings.kind === 'embedded') {
    return openEmbedded({
      dataDir: settings.dataDir,
      migrations: MIGRATIONS,
      // At once: in good order it would write what it still holds.
      onLost: (lost) => {
        console.error(lost.message);
        process.exit(1);
      },
    });
  }
  const { url, replicaUrls, secretArn } = settings;
  return openPostgres({
    url,
    replicaUrls,
    migrations: MIGRATIONS,
    log,
    ...(secretArn === undefined ? {} : { fetchCredentials: fetchFromSecretsManager(secretArn) }),
  });
}

/** @throws StartFailed where the port cannot be had */
async function listen(app: FastifyInstance, { port }: Settings): Promise<void> {
  try {
    await app.listen({ port, host: HOST });
  } catch (error) {
    throw new StartFailed(
      `Port ${port} cannot be used: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
}

interface Running {
  readonly app: FastifyInstance;
  readonly services: Services;
  readonly database: Database;
  readonly cache: Cache | undefined;
  readonly clickQueue: ClickQueue | undefined;
  readonly log: Logger;
}

function stopOnSignal(running: Running): void {
  let stopping = false;
  const onSignal = (signal: NodeJS.Signals): void => {
    if (stopping) {
      process.exit(1);
    }
    stopping = true;
    running.log.info({ signal }, 'Stopping.');
    stop(running).then(
      () => process.exit(0),
      (error: unknown) => {
        running.log.error({ err: error }, 'The stop failed.');
        process.exit(1);
      },
    );
  };
  process.on('SIGTERM', onSignal);
  process.on('SIGINT', onSignal);
}

/**
 * Readiness goes down first, so that load balancers send requests elsewhere. Clients with an open connection are told
 * to close it before we do: one closed from this side while a request is on its way would lose that request.
 */
async function stop({ app, services, database, cache, clickQueue, log }: Running): Promise<void> {
  services.health.stop();
  app.server.prependListener('request', (_request: IncomingMessage, response: ServerResponse) => {
    response.setHeader('connection', 'close');
  });
  if ((await countConnections(app)) > 0) {
    await sleep(FAREWELL_MS);
    // The HTTP server's own `close` also ends connections that are new and have not sent their request yet.
    NetServer.prototype.close.call(app.server);
    await sleep(LAST_REQUESTS_MS);
  }
  const overdue = setTimeout(() => {
    log.error({}, 'Requests did not finish in time and are cut off.');
    app.server.closeAllConnections();
  }, REQUESTS_PATIENCE_MS);
  await app.close();
  clearTimeout(overdue);
  await services.clicks.stop(CLICKS_PATIENCE_MS);
  clickQueue?.close();
  services.deletions?.stop();
  cache?.close();
  await Promise.race([database.close(), sleep(DATABASE_CLOSE_PATIENCE_MS)]);
  log.info({}, 'Stopped.');
}

function countConnections(app: FastifyInstance): Promise<number> {
  return promisify(app.server.getConnections.bind(app.server))();
}

main().catch((error: unknown) => {
  console.error(isPlain(error) ? error.message : error);
  process.exit(1);
});

/** Whether the message alone tells people what to do; a stack trace would only hide it. */
function isPlain(error: unknown): error is Error {
  return [StartFailed, FolderInUse, FolderUnusable, SchemaTooNew].some((kind) => error instanceof kind);
}
