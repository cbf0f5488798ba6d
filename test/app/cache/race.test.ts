/**
 * A real primary, a replica that lags, and a deletion in the middle of a fill: the server that had read the old row stores
 * it after the cache was told of the new one. Played with the script as it is, and with its check of versions taken out.
 */
import type { Cache } from '../../../app/adapters/cache/cache';
import type { Database } from '../../../app/adapters/database';
import { MIGRATIONS } from '../../../app/adapters/migrations';
import { openPostgres } from '../../../app/adapters/postgres';
import { startPostgres, type Postgres } from '../../../local/parts/postgres';
import { startRedis, type Redis } from '../../../local/parts/redis';
import { startReplica, type Replica } from '../../../local/parts/replication';
import { catchUp } from '../../local/support';
import { ask } from '../replicas/load';
import { eventually, silent } from '../support';
import { createEnds, moment, openCacheAt, startApplication, type Ends } from './support';

const mockScript = { withCheck: true };

jest.mock('../../../app/adapters/cache/store-unless-older', () => {
  const { STORE_UNLESS_OLDER: script } = jest.requireActual<{ STORE_UNLESS_OLDER: string }>(
    '../../../app/adapters/cache/store-unless-older',
  );
  return {
    get STORE_UNLESS_OLDER() {
      return mockScript.withCheck ? script : script.replace('return 0', 'local unchecked');
    },
  };
});

const ends: Ends = createEnds();
const ofAll: Ends = createEnds();
let primary: Postgres;
let replica: Replica;
let redis: Redis;

beforeAll(async () => {
  primary = await startPostgres();
  ofAll.add(() => primary.stop());
  replica = await startReplica(primary, { name: 'one' });
  ofAll.add(() => replica.stop());
  redis = await startRedis();
  ofAll.add(() => redis.stop());
});

afterAll(() => ofAll.run());
afterEach(async () => {
  await replica.resumeReplay();
  await ends.run();
});

async function openDatabase(): Promise<Database> {
  const database = await openPostgres({
    url: primary.url,
    replicaUrls: [replica.url],
    migrations: MIGRATIONS,
    log: silent,
  });
  ends.add(() => database.close());
  return database;
}

/** Its list of deletions would mend in a moment what is played here. */
function withoutDeletions(database: Database): Database {
  const deletions: Database['links']['deletions'] = () =>
    Promise.resolve({ value: [], source: 'primary', confirmed: true });
  return { ...database, links: { ...database.links, deletions } };
}

/** A gate before a cache's next `put`. */
function holdPut(cache: Cache) {
  let reached: () => void = () => undefined;
  let open: () => void = () => undefined;
  const isReached = new Promise<void>((resolve) => (reached = resolve));
  const isOpen = new Promise<void>((resolve) => (open = resolve));
  const held: Cache = {
    ...cache,
    put: async (...given) => {
      reached();
      await isOpen;
      return cache.put(...given);
    },
  };
  return { held, isReached, open };
}

/** Plays the race for one link; resolves with what each server answers from the moment on when memories have run out. */
async function race(code: string): Promise<readonly (number | undefined)[]> {
  const deleting = await openCacheAt(redis.url, ends);
  const { held, isReached, open } = holdPut(await openCacheAt(redis.url, ends));
  const [writer, reader] = [await openDatabase(), await openDatabase()];
  const servers = [
    await startApplication(withoutDeletions(reader), held, ends),
    await startApplication(withoutDeletions(writer), deleting, ends),
  ];
  const [slow] = servers;
  await writer.links.insert({ code, url: 'https://example.com/', alias: true, expiresAt: null });
  await catchUp(replica, primary);
  // Its probes have to find the replica in order first.
  const warm = await eventually(
    async () => (await reader.links.find(code)).source,
    (source) => source === 'replica-1',
  );
  expect(warm).toBe('replica-1');
  await replica.pauseReplay();

  const deleted = await writer.links.markDeleted(code);
  const { answer, response } = await ask(slow ?? '', `/${code}`, {});
  expect([answer.status, answer.source]).toEqual([302, 'replica-1']);
  expect(response?.headers.get('server-timing')).toContain('cache;desc=miss');
  await isReached;
  await deleting.markDeleted(code, deleted?.version ?? 0);
  open();
  await moment(1_200);
  return Promise.all(servers.map(async (server) => (await ask(server, `/${code}`, {})).answer.status));
}

test('an old row that a lagging replica gave, stored late, does not overwrite a deletion', async () => {
  mockScript.withCheck = true;
  expect(await race('checked')).toStrictEqual([410, 410]);
  expect(await redis.command('GET', 'link:1:checked')).toBe('checked 2 x');
});

test('without the check of versions it does, and every server leads to the deleted link', async () => {
  mockScript.withCheck = false;
  expect(await race('unchecked')).toStrictEqual([302, 302]);
  expect(await redis.command('GET', 'link:1:unchecked')).toBe('unchecked 1 - https://example.com/');
});
