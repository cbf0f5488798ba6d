/** What the worker's tests share: clicks, messages of them, and databases that count them. */
import { randomUUID } from 'node:crypto';
import { Client } from 'pg';
import { MIGRATIONS } from '../../../app/adapters/migrations';
import { openPostgres } from '../../../app/adapters/postgres';
import { clickId, type Click } from '../../../contract/click-message';
import type { Log } from '../../../lambda/log';

export const silent: Pick<Log, 'warn' | 'error'> = { warn: () => undefined, error: () => undefined };

export function newClick(code: string, count = 1, time = Date.now()): Click {
  return { id: clickId(time, randomUUID()), code, count };
}

export const codeOf = (index: number): string => `code-${index}`;

/** Clicks by code, each id once. */
export function totals(clicks: readonly Click[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  new Map(clicks.map((click) => [click.id, click])).forEach(({ code, count }) =>
    counts.set(code, (counts.get(code) ?? 0) + count),
  );
  return counts;
}

/** Makes the schema as the application does, and links without clicks. */
export async function prepareDatabase(url: string, links: number): Promise<void> {
  const log = { ...silent, info: () => undefined };
  await (await openPostgres({ url, migrations: MIGRATIONS, log })).close();
  await query(
    url,
    `INSERT INTO links (code, url, alias) SELECT 'code-' || i, 'https://example.com/', true
     FROM generate_series(0, ${links - 1}) AS i`,
  );
}

/** The links that have clicks. */
export async function countsIn(url: string): Promise<ReadonlyMap<string, number>> {
  const rows = await query<{ code: string; clicks: number }>(
    url,
    'SELECT code, clicks::float8 AS clicks FROM links WHERE clicks > 0',
  );
  return new Map(rows.map(({ code, clicks }) => [code, clicks]));
}

/** Connections are kept until their server ends: tests ask often, and each new one costs as much as a hundred questions. */
const kept = new Map<string, Client>();

async function connect(url: string): Promise<Client> {
  const client = new Client(url);
  const forget = (): void => {
    if (kept.get(url) === client) {
      kept.delete(url);
    }
  };
  // Databases are killed here.
  client.on('error', forget);
  client.on('end', forget);
  await client.connect();
  kept.set(url, client);
  return client;
}

export async function query<Row extends object>(url: string, text: string): Promise<readonly Row[]> {
  const client = kept.get(url) ?? (await connect(url));
  return (await client.query<Row>(text)).rows;
}

/** @throws Error where it is not so within `patience` ms */
export async function eventually(isSo: () => Promise<boolean>, patience = 45_000): Promise<void> {
  const deadline = Date.now() + patience;
  while (!(await isSo())) {
    if (Date.now() > deadline) {
      throw new Error(`Not so after ${patience / 1_000} s: ${isSo.toString()}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
