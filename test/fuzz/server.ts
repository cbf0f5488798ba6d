import { MIGRATIONS } from '../../app/adapters/migrations';
import { openPostgres } from '../../app/adapters/postgres';
import { buildApp } from '../../app/app';
import { createServices } from '../../app/services/services';
import { startPostgres } from '../../local/parts/postgres';

/** How long a request may take here, in ms: short, so that slow senders are many. */
export const REQUEST_TIMEOUT_MS = 400;

export interface FuzzedServer {
  readonly port: number;
  /** What went wrong in a way that no client should bring about. */
  readonly errors: readonly string[];
  stop(): Promise<void>;
}

/** The application in this process, over a real PostgreSQL, on a port of this machine. */
export async function startFuzzedServer(): Promise<FuzzedServer> {
  const errors: string[] = [];
  const log = {
    info: () => undefined,
    warn: () => undefined,
    error: (fields: object, sentence: string) => {
      errors.push(`${sentence} ${'err' in fields ? String(fields.err) : ''}`);
    },
  };
  const postgres = await startPostgres();
  const database = await openPostgres({ url: postgres.url, migrations: MIGRATIONS, log });
  const services = createServices({ database, log });
  const app = buildApp({
    services,
    log,
    serverId: 'fuzzed',
    region: 'local',
    trustedProxies: 0,
    serverTiming: false,
    page: [],
    requestTimeout: REQUEST_TIMEOUT_MS,
  });
  services.clicks.start();
  const { port } = new URL(await app.listen({ host: '127.0.0.1', port: 0 }));
  return {
    port: Number(port),
    errors,
    async stop() {
      await app.close();
      await services.clicks.stop(1_000);
      await database.close();
      await postgres.stop();
    },
  };
}
