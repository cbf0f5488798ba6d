import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { createInterface } from 'node:readline';
import { buildSync } from 'esbuild';
import { Client } from 'pg';
import { startPostgres, type Postgres } from '../../../local/parts/postgres';

/** Two servers, and the carry-over bundled as servers run it. */
export interface Stage {
  readonly source: Postgres;
  readonly target: Postgres;
  readonly program: string;
  readonly folder: string;
  end(): Promise<void>;
}

export async function setStage(): Promise<Stage> {
  const folder = mkdtempSync(join(tmpdir(), 'carry-over-test-'));
  const program = join(folder, 'carry-over.js');
  buildSync({
    entryPoints: [join(__dirname, '../../../server/carry-over.ts')],
    outfile: program,
    bundle: true,
    platform: 'node',
    format: 'cjs',
    external: ['pg-native'],
  });
  const settings = { fsync: 'off' };
  const [source, target] = await Promise.all([
    // As SOURCE_OPEN starts it on a server.
    startPostgres({ settings: { ...settings, default_transaction_read_only: 'on' } }),
    startPostgres({ settings }),
  ]);
  return {
    source,
    target,
    program,
    folder,
    end: async () => {
      await Promise.all([source.stop(), target.stop()]);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** A pair of databases, one on each server, and what it takes to carry one into the other. */
export interface Case {
  readonly sourceUrl: string;
  readonly targetUrl: string;
  /** Words that SOURCE_OPEN, SOURCE_CLOSE and SOURCE_EVICT left behind, in order. */
  hooks(): readonly string[];
  /** Starts the program; `environment` overrides. */
  carry(environment?: Readonly<Record<string, string>>): Run;
}

interface Run {
  readonly process: ChildProcess;
  /** Resolves at the first line that contains `text`. */
  printed(text: string): Promise<void>;
  /** All that it printed, and `exit code N`. */
  readonly ending: Promise<string>;
}

let cases = 0;

/** A new database on `server`, filled by `sql`; its address. */
export async function newDatabase(server: Postgres, sql: string): Promise<string> {
  cases += 1;
  const name = `app${cases}`;
  await run(server.url, `CREATE DATABASE ${name}`);
  const url = server.url.replace(/postgres$/, name);
  await run(url, sql);
  return url;
}

/** @param sourceUrl a database on the stage's source; a carry-over leaves it as it is, so cases may share it */
export async function newCase(stage: Stage, sourceUrl: string): Promise<Case> {
  const targetUrl = await newDatabase(stage.target, '');
  const name = basename(targetUrl);
  const log = join(stage.folder, `${name}.log`);
  const hook = (word: string) => {
    const path = join(stage.folder, `${name}-${word}.sh`);
    writeFileSync(path, `#!/bin/sh\necho ${word} >>'${log}'\n`, { mode: 0o755 });
    return path;
  };
  const environment = {
    TARGET_URL: targetUrl.replace(/postgres:[0-9a-f]+@/, ''),
    PGUSER: 'postgres',
    PGPASSWORD: new URL(targetUrl).password,
    SOURCE_URL: sourceUrl,
    SOURCE_OPEN: hook('open'),
    SOURCE_CLOSE: hook('close'),
    SOURCE_EVICT: hook('evict'),
    GENERATION: 'i-1-1700000000',
    IN_VOLUME_ZONE: 'true',
    CONNECT_SECONDS: '5',
    WAIT_SECONDS: '60',
  };
  return {
    sourceUrl,
    targetUrl,
    hooks: () => (existsSync(log) ? readFileSync(log, 'utf8').trim().split('\n') : []),
    carry: (overrides) => startProgram(stage.program, { ...environment, ...overrides }),
  };
}

function startProgram(program: string, environment: Readonly<Record<string, string>>): Run {
  const child = spawn(process.execPath, [program], {
    env: { PATH: process.env['PATH'], ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  const lines = createInterface({ input: child.stdout });
  lines.on('line', (line) => {
    output += `${line}\n`;
  });
  child.stderr.on('data', (chunk: Buffer) => {
    output += chunk.toString();
  });
  return {
    process: child,
    printed: (text) =>
      new Promise((resolve, reject) => {
        lines.on('line', (line) => {
          if (line.includes(text)) {
            resolve();
          }
        });
        lines.on('close', () => {
          reject(new Error(`The program ended without "${text}":\n${output}`));
        });
      }),
    ending: once(child, 'close').then(() => `${output}exit code ${child.exitCode ?? child.signalCode ?? ''}`),
  };
}

/** Runs statements on a connection of their own that may write. */
export async function run(url: string, sql: string): Promise<void> {
  const client = new Client({ connectionString: url, options: '-c default_transaction_read_only=off' });
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}

/** Everything in a database that the carry-over promises to carry, read apart from its own code. */
export async function contents(url: string): Promise<unknown> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(`SET TimeZone = 'UTC'; SET search_path = ''`);
    const ask = async (sql: string) => (await client.query<Record<string, unknown>>(sql)).rows;
    const user = `n.nspname !~ '^pg_' AND n.nspname NOT IN ('information_schema', 'carry_over')`;
    const relations = (kinds: string) =>
      client.query<{ name: string }>(
        `SELECT format('%I.%I', n.nspname, c.relname) AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
         WHERE c.relkind IN (${kinds}) AND ${user} ORDER BY name`,
      );
    const tables: Record<string, unknown> = {};
    for (const { name } of (await relations(`'r', 'v'`)).rows) {
      tables[name] = await ask(
        `SELECT count(*) AS rows, sum(hashtextextended(r::text, 1)::numeric) AS digest FROM ${name} r`,
      );
    }
    const sequences: Record<string, unknown> = {};
    for (const { name } of (await relations(`'S'`)).rows) {
      sequences[name] = await ask(`SELECT last_value, is_called FROM ${name}`);
    }
    return {
      tables,
      sequences,
      sequenceOptions: await ask(`SELECT * FROM pg_sequences s JOIN pg_namespace n ON n.nspname = s.schemaname
        WHERE ${user} ORDER BY schemaname, sequencename`).then((rows) =>
        rows.map(({ schemaname, sequencename, increment_by, max_value, cycle, data_type }) => ({
          schemaname,
          sequencename,
          increment_by,
          max_value,
          cycle,
          data_type,
        })),
      ),
      columns:
        await ask(`SELECT table_schema, table_name, ordinal_position, column_name, column_default, is_nullable, data_type,
          udt_name, character_maximum_length, numeric_precision, collation_name, is_identity, identity_generation,
          is_generated, generation_expression
        FROM information_schema.columns JOIN pg_namespace n ON n.nspname = table_schema
        WHERE ${user} ORDER BY 1, 2, column_name`).then((rows) =>
          rows.map((row) => ({ ...row, ordinal_position: undefined })),
        ),
      constraints:
        await ask(`SELECT conrelid::regclass::text AS "table", conname, pg_get_constraintdef(k.oid) AS definition
        FROM pg_constraint k JOIN pg_namespace n ON n.oid = k.connamespace WHERE ${user} ORDER BY 1, 2`),
      indexes: await ask(
        `SELECT indexdef FROM pg_indexes JOIN pg_namespace n ON n.nspname = schemaname WHERE ${user} ORDER BY 1`,
      ),
      triggers:
        await ask(`SELECT pg_get_triggerdef(t.oid), tgenabled FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
        JOIN pg_namespace n ON n.oid = c.relnamespace WHERE NOT tgisinternal AND ${user} ORDER BY 1`),
      functions:
        await ask(`SELECT pg_get_functiondef(p.oid) FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
        WHERE ${user} AND p.prokind <> 'a' ORDER BY 1`),
      views: await ask(
        `SELECT viewname, definition FROM pg_views JOIN pg_namespace n ON n.nspname = schemaname WHERE ${user} ORDER BY 1`,
      ),
      comments:
        await ask(`SELECT c.relname, d.objsubid, description FROM pg_description d JOIN pg_class c ON c.oid = d.objoid
        JOIN pg_namespace n ON n.oid = c.relnamespace WHERE ${user} ORDER BY 1, 3`).then((rows) =>
          rows.map(({ relname, description }) => ({ relname, description })),
        ),
    };
  } finally {
    await client.end();
  }
}
