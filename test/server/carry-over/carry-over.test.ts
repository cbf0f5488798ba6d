import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { STEPS } from '../../../server/carry-over/progress';
import { contents, newCase, newDatabase, run, setStage, type Stage } from './fixture';

const FULL = readFileSync(join(__dirname, 'full.sql'), 'utf8');

/** The same with few rows. */
const SMALL = FULL.replace('generate_series(1, 20000)', 'generate_series(1, 2000)');

const LITTLE = `CREATE TABLE links (code text PRIMARY KEY, clicks bigint NOT NULL);
  INSERT INTO links SELECT 'code' || i, i FROM generate_series(1, 1000) i;`;

/** What the carry-over refuses, each as it names it, and how it is made. */
const NOT_CARRIED = [
  ['partitioned table public.p', 'CREATE TABLE p (a int) PARTITION BY LIST (a)'],
  ['inherited table public.child', 'CREATE TABLE base (a int); CREATE TABLE child () INHERITS (base)'],
  ['materialized view public.m', 'CREATE MATERIALIZED VIEW m AS SELECT 1'],
  ['composite type public.pair', 'CREATE TYPE pair AS (a int, b int)'],
  ['domain public.positive', 'CREATE DOMAIN positive AS int CHECK (VALUE > 0)'],
  ['range type public.span', 'CREATE TYPE span AS RANGE (subtype = float8)'],
  [
    'table with row-level security public.secret',
    'CREATE TABLE secret (a int); ALTER TABLE secret ENABLE ROW LEVEL SECURITY',
  ],
  ['rule public.ruled', 'CREATE TABLE ruled (a int); CREATE RULE r AS ON INSERT TO ruled DO INSTEAD NOTHING'],
  ['large object', 'SELECT lo_from_bytea(0, $$bytes$$)'],
  ['publication everything', 'CREATE PUBLICATION everything FOR ALL TABLES'],
  ['aggregate public.total(integer)', 'CREATE AGGREGATE total (int) (SFUNC = int4pl, STYPE = int)'],
  [
    'privilege granted to another role public.shared',
    'CREATE TABLE shared (a int); GRANT SELECT ON shared TO PUBLIC',
  ],
  [
    'column that holds references into the catalog (reg… types) public.refs',
    'CREATE TABLE refs (a regclass)',
  ],
  ['cast ', 'CREATE CAST (int AS inet) WITH INOUT'],
  [
    'event trigger watch',
    'CREATE FUNCTION w() RETURNS event_trigger LANGUAGE plpgsql AS $$BEGIN END$$; CREATE EVENT TRIGGER watch ON sql_drop EXECUTE FUNCTION w()',
  ],
  [
    'setting of the database TimeZone=UTC',
    `DO $$BEGIN EXECUTE format('ALTER DATABASE %I SET TimeZone = ''UTC''', current_database()); END$$`,
  ],
] as const;

let stage: Stage;
let littleUrl: string;
let smallUrl: string;

beforeAll(async () => {
  stage = await setStage();
  littleUrl = await newDatabase(stage.source, LITTLE);
  smallUrl = await newDatabase(stage.source, SMALL);
});

afterAll(async () => {
  await stage.end();
});

describe('the carry-over', () => {
  test('brings schema and rows over whole: 20,000 rows of every common type, more than any buffer on the way holds', async () => {
    const one = await newCase(stage, await newDatabase(stage.source, FULL));
    const before = await contents(one.sourceUrl);
    const ending = await one.carry().ending;
    expect(ending).toContain('finished: carried over');
    expect(ending).toMatch(/^exit code 0$/m);
    expect(await contents(one.targetUrl)).toEqual(before);
    expect(await contents(one.sourceUrl)).toEqual(before);
    expect(one.hooks()).toEqual(['open', 'close']);
  });

  test('prints its steps in order', async () => {
    const one = await newCase(stage, littleUrl);
    const ending = await one.carry().ending;
    expect([...ending.matchAll(/^carry-over ([a-z-]+): started$/gm)].map(([, name]) => name)).toStrictEqual([
      ...STEPS,
    ]);
  });

  test('lets numbering go on where it was', async () => {
    const sourceUrl = await newDatabase(
      stage.source,
      `CREATE TABLE orders (id integer GENERATED ALWAYS AS IDENTITY, ticket serial, name text);
       INSERT INTO orders (name) SELECT 'order' FROM generate_series(1, 41);
       DELETE FROM orders WHERE id > 10;`,
    );
    const one = await newCase(stage, sourceUrl);
    await one.carry().ending;
    await run(one.targetUrl, `INSERT INTO orders (name) VALUES ('next')`);
    await run(one.sourceUrl, `INSERT INTO orders (name) VALUES ('next')`);
    expect(await contents(one.targetUrl)).toEqual(await contents(one.sourceUrl));
  });

  test('does nothing where this generation was carried before', async () => {
    const one = await newCase(stage, littleUrl);
    await one.carry().ending;
    await run(one.targetUrl, `INSERT INTO links VALUES ('written since', 1)`);
    const written = await contents(one.targetUrl);
    const ending = await one.carry().ending;
    expect(ending).toContain('was carried over before');
    expect(ending).toMatch(/^exit code 0$/m);
    expect(await contents(one.targetUrl)).toEqual(written);
    expect(one.hooks().filter((word) => word === 'open')).toHaveLength(1);
  });

  test.each(STEPS)('killed at the step %s, it brings everything over once when run again', async (name) => {
    const one = await newCase(stage, smallUrl);
    const before = await contents(one.sourceUrl);
    const killed = one.carry();
    await killed.printed(`${name}: started`);
    killed.process.kill('SIGKILL');
    await killed.ending;
    const ending = await one.carry().ending;
    expect(ending).toContain('finished');
    expect(ending).toMatch(/^exit code 0$/m);
    expect(await contents(one.targetUrl)).toEqual(before);
    expect(await contents(one.sourceUrl)).toEqual(before);
  });

  test.each(['SIGTERM', 'SIGINT'] as const)(
    'on %s rolls back, closes the source and exits non-zero',
    async (signal) => {
      const one = await newCase(stage, smallUrl);
      const empty = await contents(one.targetUrl);
      const interrupted = one.carry();
      await interrupted.printed('copy-rows: started');
      interrupted.process.kill(signal);
      const ending = await interrupted.ending;
      expect(ending).toContain(`Interrupted by ${signal}`);
      expect(ending).toMatch(/^exit code 1$/m);
      expect(await contents(one.targetUrl)).toEqual(empty);
      expect(one.hooks()).toEqual(['open', 'close']);
    },
  );

  test('is done once by four servers at a time, one of them in the other zone', async () => {
    const one = await newCase(stage, smallUrl);
    const before = await contents(one.sourceUrl);
    const runs = ['true', 'false', 'true', 'true'].map((zone) => one.carry({ IN_VOLUME_ZONE: zone }));
    const ends = await Promise.all(runs.map(({ ending }) => ending));
    expect(ends.filter((ending) => ending.endsWith('exit code 0'))).toHaveLength(4);
    expect(ends.filter((ending) => ending.includes('finished: carried over'))).toHaveLength(1);
    expect(ends[1]).toContain('was carried over before');
    expect(one.hooks().filter((word) => word === 'open')).toHaveLength(1);
    expect(await contents(one.targetUrl)).toEqual(before);
  });

  test("gives up where no server stands in the volume's zone", async () => {
    const one = await newCase(stage, littleUrl);
    const ending = await one.carry({ IN_VOLUME_ZONE: 'false', WAIT_SECONDS: '1' }).ending;
    expect(ending).toContain('No server carried');
    expect(ending).toMatch(/^exit code 1$/m);
    // Nothing was opened, and nobody evicted before its patience was over.
    expect(one.hooks()).toEqual([]);
  });

  test('in the wrong zone has the holder of the volume evicted, once, and another carrier carries', async () => {
    const one = await newCase(stage, littleUrl);
    const before = await contents(one.sourceUrl);
    const waiting = one.carry({ IN_VOLUME_ZONE: 'false', EVICT_AFTER_SECONDS: '0.1' });
    await waiting.printed('makes room');
    // Long enough for another look.
    await new Promise((wake) => setTimeout(wake, 1600));
    const carrier = one.carry();
    expect(await carrier.ending).toMatch(/finished: carried over[^]*exit code 0$/);
    expect(await waiting.ending).toMatch(/was carried over before[^]*exit code 0$/);
    expect(one.hooks().filter((word) => word === 'evict')).toHaveLength(1);
    expect(one.hooks().slice(0, 3)).toEqual(['evict', 'open', 'close']);
    expect(await contents(one.targetUrl)).toEqual(before);
  });

  test('goes on waiting where the holder cannot be evicted', async () => {
    const one = await newCase(stage, littleUrl);
    const refused = join(stage.folder, 'refused.sh');
    writeFileSync(refused, '#!/bin/sh\necho AccessDenied\nexit 254\n', { mode: 0o755 });
    const overrides = { IN_VOLUME_ZONE: 'false', EVICT_AFTER_SECONDS: '0.1', SOURCE_EVICT: refused };
    const waiting = one.carry(overrides);
    await waiting.printed('could not be evicted');
    await one.carry().ending;
    expect(await waiting.ending).toMatch(/AccessDenied[^]*was carried over before[^]*exit code 0$/);
  });

  test('refuses a target that has rows, and touches neither side', async () => {
    const one = await newCase(stage, littleUrl);
    await run(one.targetUrl, `CREATE TABLE somebodys AS SELECT 1 AS row`);
    const [source, target] = [await contents(one.sourceUrl), await contents(one.targetUrl)];
    const ending = await one.carry().ending;
    expect(ending).toMatch(/not empty: it holds public\.somebodys/);
    expect(ending).toMatch(/^exit code 1$/m);
    expect(await contents(one.targetUrl)).toEqual(target);
    expect(await contents(one.sourceUrl)).toEqual(source);
    expect(one.hooks()).toEqual([]);
  });

  test('refuses a wrong password before it opens the source, and prints no password', async () => {
    const one = await newCase(stage, littleUrl);
    const ending = await one.carry({ PGPASSWORD: 'not-the-password' }).ending;
    expect(ending).toContain('refuses the credentials');
    expect(ending).toMatch(/^exit code 1$/m);
    expect(ending).not.toContain('not-the-password');
    expect(one.hooks()).toEqual([]);
  });

  test('refuses a target that does not answer, within its patience', async () => {
    const one = await newCase(stage, littleUrl);
    const ending = await one.carry({
      TARGET_URL: 'postgresql://127.0.0.1:9/app',
      CONNECT_SECONDS: '1',
    }).ending;
    expect(ending).toContain('does not answer');
    expect(ending).toMatch(/^exit code 1$/m);
    expect(one.hooks()).toEqual([]);
  });

  test('refuses where another generation was carried: the old database served again', async () => {
    const one = await newCase(stage, littleUrl);
    await one.carry().ending;
    const carried = await contents(one.targetUrl);
    const ending = await one.carry({ GENERATION: 'i-2-1800000000' }).ending;
    expect(ending).toMatch(/holds generation i-1-1700000000 .* at i-2-1800000000/);
    expect(ending).toMatch(/^exit code 1$/m);
    expect(await contents(one.targetUrl)).toEqual(carried);
  });

  test('rolls back a copy that differs from the source, naming the table', async () => {
    const one = await newCase(stage, littleUrl);
    // A database that changes what is written to it: whenever a table is made, it gets a trigger that falsifies a row.
    await run(
      one.targetUrl,
      `SET allow_system_table_mods = on;
       CREATE FUNCTION pg_catalog.falsify() RETURNS trigger LANGUAGE plpgsql AS $$
         BEGIN IF NEW.code = 'code500' THEN NEW.clicks := 0; END IF; RETURN NEW; END $$;
       CREATE FUNCTION pg_catalog.falsify_tables() RETURNS event_trigger LANGUAGE plpgsql AS $$
         BEGIN
           IF to_regclass('public.links') IS NOT NULL THEN
             CREATE TRIGGER falsify BEFORE INSERT ON public.links FOR EACH ROW EXECUTE FUNCTION pg_catalog.falsify();
           END IF;
         END $$;
       CREATE EVENT TRIGGER falsify ON ddl_command_end WHEN TAG IN ('CREATE TABLE') EXECUTE FUNCTION pg_catalog.falsify_tables()`,
    );
    const [source, target] = [await contents(one.sourceUrl), await contents(one.targetUrl)];
    const ending = await one.carry().ending;
    expect(ending).toMatch(/differs.*\n.*public\.links: 1000 rows/);
    expect(ending).toMatch(/^exit code 1$/m);
    expect(await contents(one.targetUrl)).toEqual(target);
    expect(await contents(one.sourceUrl)).toEqual(source);
    expect(one.hooks()).toEqual(['open', 'close']);
  });

  test('touches nothing where the source does not open', async () => {
    const one = await newCase(stage, littleUrl);
    const failing = join(stage.folder, 'failing.sh');
    writeFileSync(failing, '#!/bin/sh\necho the volume is elsewhere\nexit 3\n', { mode: 0o755 });
    const target = await contents(one.targetUrl);
    const ending = await one.carry({ SOURCE_OPEN: failing }).ending;
    expect(ending).toMatch(/the volume is elsewhere[^]*failed with 3/);
    expect(ending).toMatch(/^exit code 1$/m);
    expect(await contents(one.targetUrl)).toEqual(target);
    expect(one.hooks()).toEqual(['close']);
  });

  test('ends a source that does not open in time', async () => {
    const one = await newCase(stage, littleUrl);
    const hanging = join(stage.folder, 'hanging.sh');
    writeFileSync(hanging, '#!/bin/sh\nexec sleep 600\n', { mode: 0o755 });
    const ending = await one.carry({ SOURCE_OPEN: hanging, OPEN_SECONDS: '0.5' }).ending;
    expect(ending).toContain('was ended (it had 0.5 s)');
    expect(ending).toMatch(/^exit code 1$/m);
  });

  test('keeps the password from the programs that open and close the source', async () => {
    const one = await newCase(stage, littleUrl);
    const telling = join(stage.folder, 'telling.sh');
    writeFileSync(telling, '#!/bin/sh\nenv\n', { mode: 0o755 });
    const ending = await one.carry({ SOURCE_OPEN: telling }).ending;
    expect(ending).toContain('SOURCE_OPEN=');
    expect(ending).not.toContain('PGPASSWORD');
  });

  test('lists every missing setting', () => {
    const { status, stdout } = spawnSync(process.execPath, [stage.program], {
      encoding: 'utf8',
      env: { GENERATION: 'g' },
    });
    expect(status).toBe(1);
    expect(stdout).toMatch(/TARGET_URL is missing.*SOURCE_URL is missing.*IN_VOLUME_ZONE is missing/);
  });

  test('explains itself', () => {
    const { status, stdout } = spawnSync(process.execPath, [stage.program, '--help'], { encoding: 'utf8' });
    expect(status).toBe(0);
    expect(stdout).toContain('Usage: node carry-over.js');
  });
});

describe('a source with what cannot be carried', () => {
  let ending: string;
  let hooks: readonly string[];
  let before: readonly unknown[];
  let after: readonly unknown[];

  beforeAll(async () => {
    const sourceUrl = await newDatabase(
      stage.source,
      `${LITTLE} ${NOT_CARRIED.map(([, sql]) => sql).join(';\n')}`,
    );
    const one = await newCase(stage, sourceUrl);
    before = [await contents(one.sourceUrl), await contents(one.targetUrl)];
    ending = await one.carry().ending;
    after = [await contents(one.sourceUrl), await contents(one.targetUrl)];
    hooks = one.hooks();
  });

  test('is refused', () => {
    expect(ending).toMatch(/^exit code 1$/m);
  });

  test.each(NOT_CARRIED)('is told of each at once, by name: %s', (named) => {
    expect(ending).toContain(`\n  ${named}`);
  });

  test('stays as it was, and so does the target', () => {
    expect(after).toEqual(before);
  });

  test('is closed again', () => {
    expect(hooks).toEqual(['open', 'close']);
  });
});
