import type { Client } from 'pg';

/** A table of the source, named with its schema and quoted. */
export interface Table {
  readonly name: string;
  /** The columns that hold values of their own, as COPY's list; empty where there is none. */
  readonly columns: string;
}

/** The source's schema as statements for an empty target. */
export interface Schema {
  readonly tables: readonly Table[];
  /** What must exist before rows can be written. */
  readonly beforeRows: readonly string[];
  /** What would slow rows down, or act on them. */
  readonly afterRows: readonly string[];
}

/** Schemas that are not PostgreSQL's own; `n` is `pg_namespace`. */
export const USER_SCHEMA = `(n.nspname !~ '^pg_' AND n.nspname <> 'information_schema')`;

/** Not part of an extension, which brings its own objects. */
export function ownObject(catalog: string, oid: string): string {
  return `NOT EXISTS (SELECT FROM pg_depend e WHERE e.classid = '${catalog}'::regclass AND e.objid = ${oid} AND e.deptype = 'e')`;
}

/**
 * Reads the schema from the source's catalog, the definitions written by PostgreSQL's own generators. Types, indexes
 * and so on come in the order of their making (oid), in which each found what it needs.
 *
 * Comments on constraints and triggers, storage parameters of columns and tablespaces are left behind.
 */
export async function readSchema(source: Client): Promise<Schema> {
  const statements = async (sql: string) => {
    const { rows } = await source.query<{ statement: string }>(sql);
    return rows.map(({ statement }) => statement);
  };
  const { rows: tables } = await source.query<Table>(TABLES);
  return {
    tables,
    beforeRows: [
      ...(await statements(SCHEMAS)),
      ...(await statements(EXTENSIONS)),
      ...(await statements(ENUMS)),
      ...(await statements(SEQUENCES)),
      ...(await statements(functions('NOT'))),
      ...(await statements(CREATE_TABLES)),
      ...(await statements(SEQUENCE_OWNERS)),
    ],
    afterRows: [
      ...(await statements(constraints(['p', 'u', 'x']))),
      ...(await statements(constraints(['c']))),
      ...(await statements(INDEXES)),
      ...(await statements(constraints(['f']))),
      ...(await statements(STATISTICS)),
      ...(await statements(FUNCTIONS_ON_RELATIONS_AND_VIEWS)),
      ...(await statements(TRIGGERS)),
      ...(await statements(COMMENTS)),
      ...(await sequenceValues(source)),
    ],
  };
}

const SCHEMAS = `
  SELECT format('CREATE SCHEMA %I', n.nspname) AS statement
  FROM pg_namespace n
  WHERE ${USER_SCHEMA} AND n.nspname <> 'public' AND ${ownObject('pg_namespace', 'n.oid')}
  ORDER BY n.oid`;

const EXTENSIONS = `
  SELECT format('CREATE EXTENSION IF NOT EXISTS %I SCHEMA %I', x.extname, n.nspname) AS statement
  FROM pg_extension x JOIN pg_namespace n ON n.oid = x.extnamespace
  WHERE x.extname <> 'plpgsql'
  ORDER BY x.oid`;

const ENUMS = `
  SELECT format('CREATE TYPE %I.%I AS ENUM (%s)', n.nspname, t.typname,
                (SELECT string_agg(quote_literal(e.enumlabel), ', ' ORDER BY e.enumsortorder)
                 FROM pg_enum e WHERE e.enumtypid = t.oid)) AS statement
  FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace
  WHERE t.typtype = 'e' AND ${USER_SCHEMA} AND ${ownObject('pg_type', 't.oid')}
  ORDER BY t.oid`;

/** A sequence's options, as CREATE SEQUENCE and GENERATED … AS IDENTITY take them; `s` is `pg_sequence`. */
const SEQUENCE_OPTIONS = `
  format('INCREMENT BY %s MINVALUE %s MAXVALUE %s START WITH %s CACHE %s %s',
         s.seqincrement, s.seqmin, s.seqmax, s.seqstart, s.seqcache, CASE WHEN s.seqcycle THEN 'CYCLE' ELSE 'NO CYCLE' END)`;

/** An identity column makes its own sequence. */
const SEQUENCES = `
  SELECT format('CREATE SEQUENCE %I.%I AS %s %s', n.nspname, c.relname, format_type(s.seqtypid, NULL), ${SEQUENCE_OPTIONS}) AS statement
  FROM pg_sequence s JOIN pg_class c ON c.oid = s.seqrelid JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE ${USER_SCHEMA} AND ${ownObject('pg_class', 'c.oid')}
    AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'i')
  ORDER BY c.oid`;

const SEQUENCE_OWNERS = `
  SELECT format('ALTER SEQUENCE %I.%I OWNED BY %I.%I.%I', n.nspname, c.relname, tn.nspname, t.relname, a.attname) AS statement
  FROM pg_depend d
  JOIN pg_class c ON c.oid = d.objid AND c.relkind = 'S' JOIN pg_namespace n ON n.oid = c.relnamespace
  JOIN pg_class t ON t.oid = d.refobjid JOIN pg_namespace tn ON tn.oid = t.relnamespace
  JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = d.refobjsubid
  WHERE d.classid = 'pg_class'::regclass AND d.refclassid = 'pg_class'::regclass AND d.deptype = 'a'
    AND ${USER_SCHEMA} AND ${ownObject('pg_class', 'c.oid')}
  ORDER BY c.oid`;

/** `p` is `pg_proc`: does the function need a table or view to be made (a row type, a parsed body)? */
const NEEDS_RELATION = `EXISTS (
    SELECT FROM pg_depend d LEFT JOIN pg_type t ON d.refclassid = 'pg_type'::regclass AND t.oid = d.refobjid
      LEFT JOIN pg_type element ON element.oid = t.typelem
    WHERE d.classid = 'pg_proc'::regclass AND d.objid = p.oid
      AND (d.refclassid = 'pg_class'::regclass OR t.typrelid <> 0 OR element.typrelid <> 0))`;

/** Functions and procedures: tables may need them (defaults), so most come first. */
function functions(needs: '' | 'NOT'): string {
  return `
  SELECT pg_get_functiondef(p.oid) AS statement, p.oid
  FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
  WHERE ${USER_SCHEMA} AND p.prokind <> 'a' AND ${ownObject('pg_proc', 'p.oid')} AND ${needs} ${NEEDS_RELATION}
  ORDER BY oid`;
}

/** Plain tables; `c` is `pg_class`. */
const PLAIN_TABLE = `c.relkind = 'r' AND ${USER_SCHEMA} AND ${ownObject('pg_class', 'c.oid')}`;

const COLUMN = `concat_ws(' ', quote_ident(a.attname), format_type(a.atttypid, a.atttypmod),
    CASE WHEN a.attcollation <> 0 AND a.attcollation <> ty.typcollation
      THEN (SELECT format('COLLATE %I.%I', cn.nspname, co.collname)
            FROM pg_collation co JOIN pg_namespace cn ON cn.oid = co.collnamespace WHERE co.oid = a.attcollation) END,
    CASE
      WHEN a.attgenerated = 's' THEN format('GENERATED ALWAYS AS (%s) STORED', pg_get_expr(ad.adbin, ad.adrelid))
      WHEN a.attgenerated = 'v' THEN format('GENERATED ALWAYS AS (%s) VIRTUAL', pg_get_expr(ad.adbin, ad.adrelid))
      WHEN a.attidentity <> '' THEN
        (SELECT format('GENERATED %s AS IDENTITY (SEQUENCE NAME %I.%I %s)',
                       CASE a.attidentity WHEN 'a' THEN 'ALWAYS' ELSE 'BY DEFAULT' END, sn.nspname, sc.relname, ${SEQUENCE_OPTIONS})
         FROM pg_depend d JOIN pg_sequence s ON s.seqrelid = d.objid JOIN pg_class sc ON sc.oid = d.objid
           JOIN pg_namespace sn ON sn.oid = sc.relnamespace
         WHERE d.classid = 'pg_class'::regclass AND d.refclassid = 'pg_class'::regclass AND d.refobjid = c.oid
           AND d.refobjsubid = a.attnum AND d.deptype = 'i')
      WHEN a.atthasdef THEN 'DEFAULT ' || pg_get_expr(ad.adbin, ad.adrelid)
    END,
    CASE WHEN a.attnotnull THEN 'NOT NULL' END)`;

const CREATE_TABLES = `
  SELECT format('CREATE %s TABLE %I.%I (%s) %s',
      CASE c.relpersistence WHEN 'u' THEN 'UNLOGGED' END, n.nspname, c.relname,
      (SELECT string_agg(${COLUMN}, ', ' ORDER BY a.attnum)
       FROM pg_attribute a JOIN pg_type ty ON ty.oid = a.atttypid
         LEFT JOIN pg_attrdef ad ON ad.adrelid = a.attrelid AND ad.adnum = a.attnum
       WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped),
      'WITH (' || array_to_string(c.reloptions, ', ') || ')') AS statement
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE ${PLAIN_TABLE}
  ORDER BY c.oid`;

const TABLES = `
  SELECT format('%I.%I', n.nspname, c.relname) AS name,
         coalesce((SELECT '(' || string_agg(quote_ident(a.attname), ', ' ORDER BY a.attnum) || ')'
                   FROM pg_attribute a
                   WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''), '') AS columns
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE ${PLAIN_TABLE}
  ORDER BY c.oid`;

/** Not-null constraints (a kind of their own from PostgreSQL 18) stand in the columns. */
function constraints(kinds: readonly ('p' | 'u' | 'x' | 'c' | 'f')[]): string {
  return `
  SELECT format('ALTER TABLE %I.%I ADD CONSTRAINT %I %s', n.nspname, c.relname, k.conname, pg_get_constraintdef(k.oid)) AS statement
  FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE ${PLAIN_TABLE} AND k.contype IN (${kinds.map((kind) => `'${kind}'`).join(', ')})
  ORDER BY k.oid`;
}

const INDEXES = `
  SELECT pg_get_indexdef(i.indexrelid) AS statement
  FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE ${PLAIN_TABLE}
    AND NOT EXISTS (SELECT FROM pg_constraint k WHERE k.conindid = i.indexrelid AND k.contype IN ('p', 'u', 'x'))
  ORDER BY i.indexrelid`;

const STATISTICS = `
  SELECT pg_get_statisticsobjdef(x.oid) AS statement
  FROM pg_statistic_ext x JOIN pg_class c ON c.oid = x.stxrelid JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE ${PLAIN_TABLE}
  ORDER BY x.oid`;

const FUNCTIONS_ON_RELATIONS_AND_VIEWS = `
  SELECT statement FROM (
    SELECT format('CREATE VIEW %I.%I %s AS %s', n.nspname, c.relname,
                  'WITH (' || array_to_string(c.reloptions, ', ') || ')', pg_get_viewdef(c.oid)) AS statement, c.oid
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind = 'v' AND ${USER_SCHEMA} AND ${ownObject('pg_class', 'c.oid')}
    UNION ALL
    (${functions('')})
  ) made ORDER BY oid`;

const TRIGGERS = `
  SELECT unnest(ARRAY[
      pg_get_triggerdef(t.oid),
      CASE t.tgenabled
        WHEN 'D' THEN format('ALTER TABLE %I.%I DISABLE TRIGGER %I', n.nspname, c.relname, t.tgname)
        WHEN 'R' THEN format('ALTER TABLE %I.%I ENABLE REPLICA TRIGGER %I', n.nspname, c.relname, t.tgname)
        WHEN 'A' THEN format('ALTER TABLE %I.%I ENABLE ALWAYS TRIGGER %I', n.nspname, c.relname, t.tgname)
        ELSE 'SELECT' END]) AS statement
  FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE NOT t.tgisinternal AND ${USER_SCHEMA} AND ${ownObject('pg_class', 'c.oid')}
  ORDER BY t.oid`;

const COMMENTS = `
  SELECT format('COMMENT ON %s %s IS %L', CASE WHEN d.objsubid > 0 THEN 'COLUMN' ELSE o.type END, o.identity, d.description) AS statement
  FROM pg_description d, pg_identify_object(d.classoid, d.objoid, d.objsubid) o, pg_namespace n
  WHERE n.nspname = o.schema AND ${USER_SCHEMA}
    AND d.classoid IN ('pg_class'::regclass, 'pg_proc'::regclass, 'pg_type'::regclass)
    AND NOT EXISTS (SELECT FROM pg_depend e WHERE e.classid = d.classoid AND e.objid = d.objoid AND e.deptype = 'e')`;

/** Where each sequence stands, identity columns' included: the next number on the target is the source's next. */
async function sequenceValues(source: Client): Promise<readonly string[]> {
  const { rows: sequences } = await source.query<{ name: string }>(`
    SELECT format('%I.%I', n.nspname, c.relname) AS name
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind = 'S' AND ${USER_SCHEMA} AND ${ownObject('pg_class', 'c.oid')}`);
  const values: string[] = [];
  for (const { name } of sequences) {
    const { rows } = await source.query<{ statement: string }>(
      `SELECT format('SELECT setval(%L, %s, %L)', $1::text, last_value, is_called) AS statement FROM ${name}`,
      [name],
    );
    values.push(...rows.map(({ statement }) => statement));
  }
  return values;
}
