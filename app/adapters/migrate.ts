import type { Migration } from './migrations/migration';
import type { MigrationSession, Session, Statement } from './sql';

/** Any constant will do, as long as nothing else in this database takes an advisory lock by it. */
const LOCK = 7_308_604_871;

const TAKE_LOCK: Statement<object> = {
  name: 'migrate-lock',
  text: `SELECT pg_advisory_xact_lock(${LOCK})`,
};

const READ_LEVEL: Statement<{ level: number; oldestCompatible: number }> = {
  name: 'migrate-level',
  text: `SELECT coalesce(max(number), 0) AS level, coalesce(max(oldest_compatible), 0) AS "oldestCompatible"
    FROM schema_migrations`,
};

const IS_THERE: Statement<{ there: boolean }> = {
  name: 'migrate-is-there',
  text: `SELECT to_regclass('schema_migrations') IS NOT NULL AS there`,
};

const RECORD: Statement<object> = {
  name: 'migrate-record',
  text: 'INSERT INTO schema_migrations (number, name, oldest_compatible) VALUES ($1, $2, $3)',
};

/** The schema has moved on so far that this code would break on it; starting again does not help. */
export class SchemaTooNew extends Error {
  override readonly name = 'SchemaTooNew';
}

/**
 * Brings the schema to the last of `migrations`. Runs inside a transaction that the caller commits: either every
 * missing step is made or none. The lock makes servers that start at once wait for each other; the ones that waited find nothing left to do.
 * A newer schema is fine as long as its steps declare this code compatible.
 *
 * @throws SchemaTooNew where they do not
 */
export async function migrate(session: MigrationSession, migrations: readonly Migration[]): Promise<void> {
  await session.query(TAKE_LOCK, []);
  await session.script(`CREATE TABLE IF NOT EXISTS schema_migrations (
    number integer PRIMARY KEY,
    name text NOT NULL,
    oldest_compatible integer NOT NULL,
    applied_at timestamptz NOT NULL DEFAULT now()
  )`);
  for (const step of await missing(session, migrations)) {
    await session.script(step.script);
    await session.query(RECORD, [step.number, step.name, step.oldestCompatible]);
  }
}

/**
 * Whether no step is missing, where none can be made: on a replica.
 *
 * @throws SchemaTooNew as {@link migrate}
 */
export async function isMigrated(session: Session, migrations: readonly Migration[]): Promise<boolean> {
  const [table] = await session.query(IS_THERE, []);
  return table?.there === true && (await missing(session, migrations)).length === 0;
}

async function missing(session: Session, migrations: readonly Migration[]): Promise<readonly Migration[]> {
  const known = migrations.at(-1)?.number ?? 0;
  const [schema = { level: 0, oldestCompatible: 0 }] = await session.query(READ_LEVEL, []);
  if (schema.oldestCompatible > known) {
    throw new SchemaTooNew(
      `The database's schema is at step ${schema.level} and needs an application that knows step ` +
        `${schema.oldestCompatible}; this one knows ${known}. Deploy a newer version of the application.`,
    );
  }
  return migrations.filter(({ number }) => number > schema.level);
}
