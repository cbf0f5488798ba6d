import type { Client } from 'pg';
import { USER_SCHEMA, ownObject } from './schema';

/**
 * What the carry-over cannot carry, each with the query that finds it by name. The list errs on the side of refusing:
 * whatever is not known to arrive whole is named instead of being lost.
 */
const NOT_CARRIED: readonly (readonly [what: string, names: string])[] = [
  ['partitioned table', relations(`c.relkind = 'p' OR c.relispartition`)],
  [
    'inherited table',
    relations(
      `NOT c.relispartition AND EXISTS (SELECT FROM pg_inherits i WHERE c.oid IN (i.inhrelid, i.inhparent))`,
    ),
  ],
  ['foreign table', relations(`c.relkind = 'f'`)],
  ['materialized view', relations(`c.relkind = 'm'`)],
  ['composite type', relations(`c.relkind = 'c'`)],
  ['typed table', relations(`c.reloftype <> 0`)],
  [
    'table whose access method is not heap',
    relations(`c.relkind = 'r' AND c.relam <> (SELECT oid FROM pg_am WHERE amname = 'heap')`),
  ],
  [
    'table with row-level security',
    relations(`c.relrowsecurity OR EXISTS (SELECT FROM pg_policy p WHERE p.polrelid = c.oid)`),
  ],
  [
    'rule',
    relations(
      `EXISTS (SELECT FROM pg_rewrite r WHERE r.ev_class = c.oid AND NOT (r.rulename = '_RETURN' AND c.relkind = 'v'))`,
    ),
  ],
  [
    'privilege granted to another role',
    relations(`EXISTS (SELECT FROM aclexplode(c.relacl) g WHERE g.grantee <> c.relowner)
      OR EXISTS (SELECT FROM pg_attribute a, aclexplode(a.attacl) g WHERE a.attrelid = c.oid AND g.grantee <> c.relowner)`),
  ],
  [
    'column that holds references into the catalog (reg… types)',
    relations(`c.relkind = 'r' AND EXISTS (
      SELECT FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid
      WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND t.typname ~ '^_?reg' AND t.oid < 16384)`),
  ],
  [
    'invalid index',
    relations(
      `EXISTS (SELECT FROM pg_index i WHERE i.indexrelid = c.oid AND NOT i.indisvalid AND c.relkind = 'i')`,
    ),
  ],
  [
    'constraint on NULL that is not validated',
    relations(
      `EXISTS (SELECT FROM pg_constraint k WHERE k.conrelid = c.oid AND k.contype = 'n' AND NOT k.convalidated)`,
    ),
  ],
  ['domain', types(`t.typtype = 'd'`)],
  ['range type', types(`t.typtype = 'r'`)],
  ['base type', types(`t.typtype = 'b' AND t.typelem = 0`)],
  ['aggregate', functions(`p.prokind = 'a'`)],
  [
    'function in a language other than SQL and PL/pgSQL',
    functions(`p.prolang NOT IN (SELECT oid FROM pg_language WHERE lanname IN ('sql', 'plpgsql'))`),
  ],
  [
    'privilege granted to another role on a function',
    functions(`EXISTS (SELECT FROM aclexplode(p.proacl) g WHERE g.grantee NOT IN (0, p.proowner))`),
  ],
  ['large object', `SELECT oid::text AS name FROM pg_largeobject_metadata ORDER BY oid LIMIT 5`],
  ['event trigger', made('pg_event_trigger', 'evtname')],
  ['publication', made('pg_publication', 'pubname')],
  [
    'subscription',
    `SELECT subname AS name FROM pg_subscription
     WHERE subdbid = (SELECT oid FROM pg_database WHERE datname = current_database())`,
  ],
  ['collation', made('pg_collation', 'collname')],
  ['conversion', made('pg_conversion', 'conname')],
  ['operator', made('pg_operator', 'oprname')],
  ['operator class', made('pg_opclass', 'opcname')],
  ['operator family', made('pg_opfamily', 'opfname')],
  ['text search configuration', made('pg_ts_config', 'cfgname')],
  ['text search dictionary', made('pg_ts_dict', 'dictname')],
  ['text search parser', made('pg_ts_parser', 'prsname')],
  ['text search template', made('pg_ts_template', 'tmplname')],
  ['foreign-data wrapper', made('pg_foreign_data_wrapper', 'fdwname')],
  ['foreign server', made('pg_foreign_server', 'srvname')],
  ['language', made('pg_language', 'lanname')],
  ['access method', made('pg_am', 'amname')],
  ['cast', made('pg_cast', `format('%s to %s', castsource::regtype, casttarget::regtype)`)],
  ['transform', made('pg_transform', 'trftype::regtype::text')],
  ['default privileges', `SELECT pg_get_userbyid(defaclrole)::text AS name FROM pg_default_acl`],
  ['security label', `SELECT provider || ' ' || label AS name FROM pg_seclabel`],
  [
    'setting of the database',
    `SELECT unnest(setconfig) AS name FROM pg_db_role_setting
     WHERE setdatabase = (SELECT oid FROM pg_database WHERE datname = current_database())`,
  ],
  [
    'schema named as the carry-over’s own',
    `SELECT nspname AS name FROM pg_namespace WHERE nspname = 'carry_over'`,
  ],
  ['extension with rows of its own', `SELECT extname AS name FROM pg_extension WHERE extconfig IS NOT NULL`],
];

function relations(condition: string): string {
  return `SELECT format('%I.%I', n.nspname, c.relname) AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE ${USER_SCHEMA} AND ${ownObject('pg_class', 'c.oid')} AND (${condition}) ORDER BY c.oid`;
}

function types(condition: string): string {
  return `SELECT format('%I.%I', n.nspname, t.typname) AS name FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace
    WHERE ${USER_SCHEMA} AND ${ownObject('pg_type', 't.oid')} AND (${condition}) ORDER BY t.oid`;
}

function functions(condition: string): string {
  return `SELECT p.oid::regprocedure::text AS name FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
    WHERE ${USER_SCHEMA} AND ${ownObject('pg_proc', 'p.oid')} AND (${condition}) ORDER BY p.oid`;
}

/** Objects made after the cluster was (PostgreSQL's own have numbers below 16384), whatever their schema. */
function made(catalog: string, name: string): string {
  return `SELECT ${name} AS name FROM pg_catalog.${catalog} o WHERE o.oid >= 16384 AND ${ownObject(`pg_catalog.${catalog}`, 'o.oid')}`;
}

/**
 * Refuses a source of which anything would be lost, before anything is written.
 *
 * @throws Error naming everything that cannot be carried.
 */
export async function refuseWhatCannotBeCarried(source: Client, target: Client): Promise<void> {
  const found = await source.query<{ what: string; name: string }>(
    NOT_CARRIED.map(([what, sql]) => `SELECT '${what}'::text AS what, name::text FROM (${sql}) found`).join(
      ' UNION ALL ',
    ),
  );
  const problems = [
    ...found.rows.map(({ what, name }) => `${what} ${name}`),
    ...(await missingInTarget(source, target)),
  ];
  if (problems.length > 0) {
    throw new Error(
      `The source has what the carry-over cannot carry:\n${problems.map((line) => `  ${line}`).join('\n')}\n` +
        'Expected plain tables, views, functions, triggers, sequences, enums and extensions. Nothing was touched. ' +
        'Remove what is listed, or carry over by hand with pg_dump: docs/runbook.md, "Carry-over".',
    );
  }
}

interface Server {
  readonly major: number;
  readonly encoding: string;
}

async function missingInTarget(source: Client, target: Client): Promise<readonly string[]> {
  const [there, here] = [await describe(source), await describe(target)];
  const { rows: extensions } = await source.query<{ name: string }>(
    'SELECT extname AS name FROM pg_extension',
  );
  const { rows: available } = await target.query<{ name: string }>(
    'SELECT name FROM pg_available_extensions',
  );
  const { rows: collations } = await source.query<{ name: string }>(`
    SELECT DISTINCT format('%I.%I', cn.nspname, co.collname) AS name
    FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
      JOIN pg_collation co ON co.oid = a.attcollation JOIN pg_namespace cn ON cn.oid = co.collnamespace
    WHERE ${USER_SCHEMA}`);
  const { rows: unknownCollations } = await target.query<{ name: string }>(
    'SELECT name FROM unnest($1::text[]) AS name WHERE to_regcollation(name) IS NULL',
    [collations.map(({ name }) => name)],
  );
  const availableNames = new Set(available.map(({ name }) => name));
  return [
    ...(there.major > here.major ? [`PostgreSQL ${there.major}, where the target is ${here.major}`] : []),
    ...(there.encoding === here.encoding
      ? []
      : [`encoding ${there.encoding}, where the target has ${here.encoding}`]),
    ...extensions
      .filter(({ name }) => !availableNames.has(name))
      .map(({ name }) => `extension ${name}, unknown to the target`),
    ...unknownCollations.map(({ name }) => `collation ${name}, unknown to the target`),
  ];
}

async function describe(client: Client): Promise<Server> {
  const { rows } = await client.query<Server>(`
    SELECT current_setting('server_version_num')::int / 10000 AS major, current_setting('server_encoding') AS encoding`);
  const [row] = rows;
  if (row === undefined) {
    throw new Error('The database did not say what it is.');
  }
  return row;
}

/**
 * Refuses a target that holds anything: rows that are there already are somebody's.
 *
 * @throws Error naming what is there (the first ten).
 */
export async function refuseUnlessEmpty(target: Client): Promise<void> {
  const { rows } = await target.query<{ name: string }>(
    `SELECT name FROM (
       ${[relations(`c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S', 'c')`), types(`t.typtype IN ('e', 'd', 'r')`), functions('true')].map((sql) => `(${sql})`).join(' UNION ALL ')}
     ) found LIMIT 10`,
  );
  if (rows.length > 0) {
    throw new Error(
      `The target database is not empty: it holds ${rows.map(({ name }) => name).join(', ')}. Expected nothing in it ` +
        'before the carry-over. Neither side was touched. If nobody needs what is there, drop it and deploy again; ' +
        'otherwise merge by hand: docs/runbook.md, "Carry-over".',
    );
  }
}
