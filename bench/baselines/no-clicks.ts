/** The application as it is, but that a redirect counts no click: what counting costs is measured against it. */
import pino from 'pino';
import { MIGRATIONS } from '../../app/adapters/migrations';
import { openPostgres } from '../../app/adapters/postgres';
import { buildApp } from '../../app/app';
import { createServices } from '../../app/services/services';

const { DATABASE_URL: url = '', PORT = '' } = process.env;

async function main(): Promise<void> {
  const log = pino();
  const database = await openPostgres({ url, migrations: MIGRATIONS, log });
  const services = createServices({ database, log });
  const app = buildApp({
    services: { ...services, clicks: { ...services.clicks, record: () => undefined } },
    log,
    serverId: 'no-clicks',
    region: 'local',
    trustedProxies: 0,
    serverTiming: false,
    page: [],
  });
  await app.listen({ port: Number(PORT), host: '127.0.0.1' });
  process.on('SIGTERM', () => process.exit(0));
}

void main();
