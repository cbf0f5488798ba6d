/** The same insert as a link's creation, alone in a loop over the same pool: prints how many a second. */
import { Pool } from 'pg';

/** As the application's pool (app/adapters/postgres.ts), with as many waiting as the load keeps connections busy. */
const CONNECTIONS = 5;
const WAITING = 64;
const SECONDS = 3;

const INSERT = {
  name: 'insert',
  text: `INSERT INTO links (code, url, alias, expires_at) VALUES ($1, $2, $3, $4)
    ON CONFLICT (code) DO NOTHING RETURNING code, url, created_at, expires_at, clicks, version`,
};

async function main(): Promise<void> {
  const pool = new Pool({ connectionString: process.env['DATABASE_URL'] ?? '', max: CONNECTIONS });
  const prefix = process.hrtime.bigint().toString(36);
  const deadline = performance.now() + SECONDS * 1_000;
  let inserted = 0;
  async function insert(): Promise<void> {
    while (performance.now() < deadline) {
      inserted += 1;
      await pool.query({
        ...INSERT,
        values: [`${prefix}${inserted}`, 'https://example.com/', false, null],
      });
    }
  }
  await Promise.all(Array.from({ length: WAITING }, insert));
  console.log(inserted / SECONDS);
  await pool.end();
}

void main();
