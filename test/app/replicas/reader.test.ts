import fc from 'fast-check';
import { DatabaseUnavailable, type StoredLink } from '../../../app/adapters/database';
import {
  PRIMARY,
  createReplicaDeletions,
  createReplicaReader,
  type Fleet,
  type Reader,
} from '../../../app/adapters/replicas/reader';

const link = (url = 'https://example.com/'): StoredLink => ({
  code: 'abc',
  url,
  createdAt: new Date(0),
  expiresAt: null,
  deletedAt: null,
  clicks: 0,
  version: 1,
});

type Does = 'has' | 'misses' | 'fails';

interface Fake extends Reader {
  /** What it has replayed. */
  readonly position: bigint;
}

/** What the servers list. */
const DELETIONS = [{ code: 'abc', version: 2 }];

/** A world of servers; the log of who was asked is in `asked`. */
function createWorld() {
  const asked: string[] = [];
  let now = 0;
  const server = (name: string, does: Does | (() => Does), position = 0n): Fake => ({
    name,
    position,
    async find() {
      asked.push(name);
      await Promise.resolve();
      switch (typeof does === 'function' ? does() : does) {
        case 'has':
          return link(`https://${name}.example/`);
        case 'misses':
          return undefined;
        case 'fails':
          // What the budget of one server allows.
          now += 300;
          throw new DatabaseUnavailable(`${name} is down`);
      }
    },
    async deletions() {
      return (await this.find('abc')) === undefined ? [] : DELETIONS;
    },
  });
  return {
    asked,
    server,
    clock: () => now,
    pass: (milliseconds: number) => {
      now += milliseconds;
      return Promise.resolve();
    },
  };
}

type World = ReturnType<typeof createWorld>;

interface Servers {
  readonly replicas?: readonly Fake[];
  readonly primary?: Fake | undefined;
  readonly lastResort?: readonly Fake[];
  readonly silent?: readonly Fake[];
}

function createFleet({ replicas = [], primary, lastResort = [], silent = [] }: Servers): Fleet {
  const reliable = (minPosition = 0n) => replicas.filter(({ position }) => position >= minPosition);
  return {
    replicas: reliable,
    isReliable: (reader, minPosition) => reliable(minPosition).some((replica) => replica === reader),
    primary: () => primary,
    lastResort: () => lastResort,
    silent: () => silent,
    primaryPosition: () => 1_000n,
  };
}

function createReader(
  world: World,
  { replicas = [], primary, lastResort = [], silent = [] }: Servers,
  { ownReads = Infinity, confirmations = Infinity, retries = 0, isAlone = false } = {},
) {
  const fleet = createFleet({ replicas, primary, lastResort, silent });
  const upTo = (limit: number) => {
    let left = limit;
    return () => (left -= 1) >= 0;
  };
  return createReplicaReader({
    fleet,
    isAlone,
    ownReads: upTo(ownReads),
    confirmations: upTo(confirmations),
    retries: upTo(retries),
    clock: world.clock,
    pause: world.pass,
  });
}

describe('the order of servers', () => {
  test('a replica answers, and nobody else is asked', async () => {
    const world = createWorld();
    const { server, asked } = world;
    const find = createReader(world, {
      replicas: [server('r1', 'has'), server('r2', 'has')],
      primary: server(PRIMARY, 'has'),
    });
    expect(await find('abc')).toMatchObject({ source: 'r1', confirmed: false });
    expect(asked).toEqual(['r1']);
  });

  test('replicas, then the primary, then those that lag, then those that seem silent', async () => {
    const world = createWorld();
    const { server, asked } = world;
    const find = createReader(world, {
      replicas: [server('r1', 'fails'), server('r2', 'fails')],
      primary: server(PRIMARY, 'fails'),
      lastResort: [server('lagging', 'fails')],
      silent: [server('silent', 'has')],
    });
    expect((await find('abc')).source).toBe('silent');
    expect(asked).toEqual(['r1', 'r2', PRIMARY, 'lagging', 'silent']);
  });

  test('without a replica to rely on, the primary is asked before one that lags', async () => {
    const world = createWorld();
    const { server } = world;
    const find = createReader(world, {
      primary: server(PRIMARY, 'has'),
      lastResort: [server('lagging', 'has')],
    });
    expect(await find('abc')).toMatchObject({ source: 'primary', confirmed: true });
  });

  test('whom to ask next is looked up anew: a server that was found silent meanwhile is not waited for', async () => {
    const world = createWorld();
    const { server, asked } = world;
    const replicas = ['r1', 'r2', 'r3', 'r4', 'r5', 'r6'].map((name) =>
      server(name, name === 'r6' ? 'has' : 'fails'),
    );
    const find = createReplicaReader({
      fleet: {
        // Probes have found the frozen ones after 750 ms.
        replicas: () => (world.clock() < 750 ? replicas : replicas.slice(5)),
        isReliable: () => true,
        primary: () => undefined,
        lastResort: () => [],
        silent: () => (world.clock() < 750 ? [] : replicas.slice(0, 5)),
        primaryPosition: () => undefined,
      },
      isAlone: false,
      ownReads: () => true,
      confirmations: () => true,
      retries: () => false,
      clock: world.clock,
      pause: world.pass,
    });
    expect((await find('abc')).source).toBe('r6');
    expect(asked).toEqual(['r1', 'r2', 'r3', 'r6']);
  });

  test('without any server the read is unavailable', async () => {
    await expect(createReader(createWorld(), {})('abc')).rejects.toThrow(DatabaseUnavailable);
  });
});

describe('reading what one has just written', () => {
  test('a replica that has not replayed it is passed over for one that has', async () => {
    const world = createWorld();
    const { server, asked } = world;
    const find = createReader(world, {
      replicas: [server('behind', 'has', 400n), server('current', 'has', 500n)],
    });
    expect((await find('abc', 500n)).source).toBe('current');
    expect(asked).toEqual(['current']);
  });

  test('where no replica has replayed it the primary answers', async () => {
    const world = createWorld();
    const { server } = world;
    const find = createReader(world, {
      replicas: [server('r1', 'misses', 400n)],
      primary: server(PRIMARY, 'has'),
    });
    expect((await find('abc', 500n)).source).toBe(PRIMARY);
  });

  test('the primary is spared beyond its share of such reads: a replica answers what it has', async () => {
    const world = createWorld();
    const { server, asked } = world;
    const find = createReader(
      world,
      { replicas: [server('r1', 'has', 400n)], primary: server(PRIMARY, 'has') },
      { ownReads: 2 },
    );
    for (let read = 0; read < 5; read += 1) {
      await find('abc', 500n);
    }
    expect(asked).toEqual([PRIMARY, PRIMARY, 'r1', 'r1', 'r1']);
  });

  test('a position far beyond anything written was invented, and costs the primary nothing', async () => {
    const world = createWorld();
    const { server, asked } = world;
    const find = createReader(world, {
      replicas: [server('r1', 'has', 400n)],
      primary: server(PRIMARY, 'has'),
    });
    await find('abc', 2n ** 63n);
    expect(asked).toEqual(['r1']);
  });
});

describe('a miss on a replica', () => {
  test('is confirmed on the primary', async () => {
    const world = createWorld();
    const { server, asked } = world;
    const find = createReader(world, {
      replicas: [server('r1', 'misses')],
      primary: server(PRIMARY, 'misses'),
    });
    expect(await find('abc')).toMatchObject({ value: undefined, source: PRIMARY, confirmed: true });
    expect(asked).toEqual(['r1', PRIMARY]);
  });

  test('is none if the primary has the link', async () => {
    const world = createWorld();
    const { server } = world;
    const find = createReader(world, { replicas: [server('r1', 'misses')], primary: server(PRIMARY, 'has') });
    expect(await find('abc')).toMatchObject({ source: PRIMARY, confirmed: true, value: { code: 'abc' } });
  });

  test('is answered as not confirmed beyond the share of confirmations', async () => {
    const world = createWorld();
    const { server, asked } = world;
    const find = createReader(
      world,
      { replicas: [server('r1', 'misses')], primary: server(PRIMARY, 'misses') },
      { confirmations: 1 },
    );
    const confirmed = [(await find('abc')).confirmed, (await find('abc')).confirmed];
    expect(confirmed).toEqual([true, false]);
    expect(asked.filter((name) => name === PRIMARY)).toHaveLength(1);
  });

  test('is none if, with the primary gone, another replica has the link', async () => {
    const world = createWorld();
    const { server } = world;
    const find = createReader(world, { replicas: [server('r1', 'misses'), server('r2', 'has')] });
    expect(await find('abc')).toMatchObject({ source: 'r2', confirmed: false });
  });

  test('is none if a lagging server has the link and the primary fails', async () => {
    const world = createWorld();
    const { server } = world;
    const find = createReader(world, {
      replicas: [server('r1', 'misses')],
      primary: server(PRIMARY, 'fails'),
      lastResort: [server('lagging', 'has')],
    });
    expect((await find('abc')).source).toBe('lagging');
  });

  test('does not wait for servers that are silent', async () => {
    const world = createWorld();
    const { server, asked } = world;
    const find = createReader(world, {
      replicas: [server('r1', 'misses')],
      silent: [server('silent', 'fails')],
    });
    await find('abc');
    expect(asked).toEqual(['r1']);
  });
});

describe('in a data center whose only database replicates another one', () => {
  test('what it does not show is unknown', async () => {
    const world = createWorld();
    const find = createReader(world, { replicas: [world.server('r1', 'misses')] }, { isAlone: true });
    expect(await find('abc')).toMatchObject({ value: undefined, source: 'r1', confirmed: true });
    expect(world.asked).toEqual(['r1']);
  });

  test('what the asker has just written is waited for', async () => {
    const world = createWorld();
    let tries = 0;
    const does = (): Does => ((tries += 1) < 3 ? 'misses' : 'has');
    const replicas = [world.server('r1', does, 5n)];
    const find = createReader(world, { replicas }, { isAlone: true, retries: 9 });
    expect((await find('abc', 7n)).value).toBeDefined();
  });

  test('what the asker has written and is not to be had in time is not called unknown', async () => {
    const world = createWorld();
    const replicas = [world.server('r1', 'misses', 5n)];
    const find = createReader(world, { replicas }, { isAlone: true, retries: 9 });
    expect(await find('abc', 7n)).toMatchObject({ value: undefined, confirmed: false });
  });

  test('what it does not show although it has replayed it is unknown', async () => {
    const world = createWorld();
    const replicas = [world.server('r1', 'misses', 7n)];
    const find = createReader(world, { replicas }, { isAlone: true, retries: 9 });
    expect(await find('abc', 7n)).toMatchObject({ value: undefined, confirmed: true });
  });
});

describe('a read is tried again', () => {
  test('with the primary gone, until a replica shows what was just acknowledged', async () => {
    const world = createWorld();
    const { server } = world;
    const replica = server('r1', () => (world.clock() < 150 ? 'misses' : 'has'));
    const find = createReader(world, { replicas: [replica] }, { retries: 10 });
    expect((await find('abc', 500n)).value?.url).toBe('https://r1.example/');
  });

  test('where nobody answered, and then somebody does', async () => {
    const world = createWorld();
    const { server } = world;
    const replica = server('r1', () => (world.clock() < 300 ? 'fails' : 'has'));
    const find = createReader(world, { replicas: [replica] }, { retries: 10 });
    expect((await find('abc')).source).toBe('r1');
  });

  test('no more often than allowed', async () => {
    const world = createWorld();
    const { server, asked } = world;
    const find = createReader(world, { replicas: [server('r1', 'misses')] }, { retries: 2 });
    expect(await find('abc')).toMatchObject({ value: undefined, confirmed: false });
    expect(asked).toHaveLength(3);
  });

  test('for less than two seconds, however slowly everybody fails', async () => {
    const world = createWorld();
    const { server } = world;
    const replicas = Array.from({ length: 15 }, (_, index) => server(`r${index}`, 'fails'));
    await createReader(
      world,
      { replicas, primary: server(PRIMARY, 'fails') },
      { retries: 10 },
    )('abc').catch(() => undefined);
    expect(world.clock()).toBeLessThan(2_000);
  });
});

describe('whatever the servers do', () => {
  const does = fc.constantFrom<Does>('has', 'misses', 'fails');
  /** Four servers at most: more that fail at once and unknown to the probes are given up in time. */
  const world = fc.record({
    replicas: fc.array(fc.tuple(does, fc.bigInt({ min: 0n, max: 1_000n })), { maxLength: 2 }),
    primary: fc.option(does, { nil: undefined }),
    lastResort: fc.array(does, { maxLength: 1 }),
    minPosition: fc.option(fc.bigInt({ min: 0n, max: 1_000n }), { nil: undefined }),
    ownReads: fc.nat(3),
    confirmations: fc.nat(1),
  });

  async function read(given: typeof world extends fc.Arbitrary<infer Given> ? Given : never) {
    const made = createWorld();
    const servers = {
      replicas: given.replicas.map(([what, position], index) => made.server(`r${index}`, what, position)),
      primary: given.primary && made.server(PRIMARY, given.primary),
      lastResort: given.lastResort.map((what, index) => made.server(`lagging-${index}`, what)),
    };
    const answer = await createReader(
      made,
      servers,
      given,
    )('abc', given.minPosition).catch(() => 'failed' as const);
    return { answer, asked: made.asked };
  }

  test('a read never fails while one server that may be asked answers', async () => {
    await fc.assert(
      fc.asyncProperty(world, async (given) => {
        const { answer } = await read(given);
        const mayAskPrimary = given.minPosition === undefined || given.ownReads > 0;
        const answering = [
          ...given.replicas.map(([what]) => what),
          ...given.lastResort,
          ...(mayAskPrimary && given.primary !== undefined ? [given.primary] : []),
        ].filter((what) => what !== 'fails');
        expect(answer === 'failed').toBe(answering.length === 0);
      }),
    );
  });

  test('a link is never called unknown for certain unless the primary says so', async () => {
    await fc.assert(
      fc.asyncProperty(world, async (given) => {
        const { answer } = await read(given);
        const isCertainMiss = answer !== 'failed' && answer.value === undefined && answer.confirmed;
        expect(isCertainMiss && given.primary !== 'misses').toBe(false);
      }),
    );
  });

  test('no server is asked twice for a read that is not for what was just written', async () => {
    await fc.assert(
      fc.asyncProperty(world, async (given) => {
        const { asked } = await read({ ...given, minPosition: undefined });
        expect(new Set(asked).size).toBe(asked.length);
      }),
    );
  });
});

describe('the list of deletions', () => {
  test('is the primary’s, and certain', async () => {
    const { server, asked } = createWorld();
    const fleet = createFleet({ replicas: [server('r1', 'has')], primary: server(PRIMARY, 'has') });
    expect(await createReplicaDeletions(fleet, false)(1)).toMatchObject({
      value: DELETIONS,
      confirmed: true,
    });
    expect(asked).toEqual([PRIMARY]);
  });

  test('is that of whoever answers, with the primary gone, and not certain then', async () => {
    const { server, asked } = createWorld();
    const fleet = createFleet({
      replicas: [server('r1', 'fails')],
      primary: server(PRIMARY, 'fails'),
      lastResort: [server('lagging', 'has')],
    });
    expect(await createReplicaDeletions(fleet, false)(1)).toMatchObject({
      value: DELETIONS,
      confirmed: false,
      isRecent: false,
    });
    expect(asked).toEqual([PRIMARY, 'r1', 'lagging']);
  });

  test('is what all replicas list, with the primary gone: one may lack what another has received', async () => {
    const { server } = createWorld();
    const listing = (name: string, ...codes: readonly string[]): Fake => ({
      ...server(name, 'has'),
      deletions: () => Promise.resolve(codes.map((code) => ({ code, version: 2 }))),
    });
    const fleet = createFleet({
      replicas: [listing('behind', 'both'), listing('ahead', 'last', 'both')],
      lastResort: [listing('lagging', 'both')],
    });
    const { value, source } = await createReplicaDeletions(fleet, false)(1);
    expect([source, value.map(({ code }) => code)]).toEqual(['behind', ['both', 'last']]);
  });

  test('is certain from a replica that is all that a data center has', async () => {
    const { server } = createWorld();
    const fleet = createFleet({ replicas: [server('r1', 'has')] });
    expect((await createReplicaDeletions(fleet, true)(1)).confirmed).toBe(true);
  });

  test('cannot be had where nobody answers', async () => {
    await expect(createReplicaDeletions(createFleet({}), false)(1)).rejects.toThrow(DatabaseUnavailable);
  });

  test('cannot be had for the reason that one of the last ones asked gives', async () => {
    const { server } = createWorld();
    const fleet = createFleet({
      primary: server(PRIMARY, 'fails'),
      replicas: [server('r1', 'fails'), server('r2', 'fails')],
    });
    await expect(createReplicaDeletions(fleet, false)(1)).rejects.toThrow('r1 is down');
  });
});

describe('the bounds of a read', () => {
  const failing = (world: World, count: number, prefix = 'r') =>
    Array.from({ length: count }, (_, index) => world.server(`${prefix}${index}`, 'fails'));

  test('servers are asked one after another until 1.5 s are over, and not a moment less', async () => {
    const world = createWorld();
    await expect(createReader(world, { replicas: failing(world, 9) })('abc')).rejects.toThrow('r5 is down');
    expect(world.asked).toHaveLength(6);
  });

  test('so are those who may confirm a miss', async () => {
    const world = createWorld();
    const servers = { replicas: [world.server('first', 'misses')], lastResort: failing(world, 9) };
    expect(await createReader(world, servers)('abc')).toMatchObject({ source: 'first', confirmed: false });
    expect(world.asked).toHaveLength(7);
  });

  test('once 1.5 s are over a read is not begun anew', async () => {
    const world = createWorld();
    const find = createReader(world, { silent: failing(world, 5) }, { retries: Infinity });
    await expect(find('abc')).rejects.toThrow(DatabaseUnavailable);
    expect(world.asked).toHaveLength(5);
  });

  test('a read is tried four times, 75 ms apart', async () => {
    const world = createWorld();
    const find = createReader(world, { replicas: [world.server('r1', 'misses')] }, { retries: Infinity });
    expect((await find('abc')).confirmed).toBe(false);
    expect([world.asked.length, world.clock()]).toEqual([4, 3 * 75]);
  });

  test('so is one that nobody answers, and the last error is said', async () => {
    const world = createWorld();
    const find = createReader(world, { replicas: [world.server('r1', 'fails')] }, { retries: Infinity });
    await expect(find('abc')).rejects.toThrow('r1 is down');
    expect([world.asked.length, world.clock()]).toEqual([4, 4 * 300 + 3 * 75]);
  });

  test('an answer that is certain is not asked for again', async () => {
    const world = createWorld();
    const find = createReader(world, { primary: world.server(PRIMARY, 'misses') }, { retries: Infinity });
    await find('abc');
    expect(world.asked).toEqual([PRIMARY]);
  });

  test('where there is no server at all, that is what is said', async () => {
    await expect(createReader(createWorld(), {})('abc')).rejects.toThrow('no server is in reach');
    await expect(createReplicaDeletions(createFleet({}), false)(1)).rejects.toThrow('no server is in reach');
  });
});

describe('the shares of the primary', () => {
  test('are not used up for confirming what it was asked for already', async () => {
    const world = createWorld();
    const servers = {
      primary: world.server(PRIMARY, 'fails'),
      lastResort: [world.server('one', 'misses'), world.server('other', 'has')],
    };
    expect((await createReader(world, servers, { confirmations: 0 })('abc')).source).toBe('other');
    expect(world.asked).toEqual([PRIMARY, 'one', 'other']);
  });

  test('are not used up where there is none', async () => {
    const world = createWorld();
    const primaries: Fake[] = [];
    const find = createReplicaReader({
      fleet: { ...createFleet({ replicas: [world.server('r1', 'has')] }), primary: () => primaries[0] },
      isAlone: false,
      ownReads: () => (taken += 1) === 1,
      confirmations: () => true,
      retries: () => false,
      clock: world.clock,
      pause: world.pass,
    });
    let taken = 0;
    await find('abc', 500n);
    primaries.push(world.server(PRIMARY, 'has'));
    expect([(await find('abc', 500n)).source, taken]).toEqual([PRIMARY, 1]);
  });

  test('are not needed for what anybody may read', async () => {
    const world = createWorld();
    const servers = { primary: world.server(PRIMARY, 'has'), lastResort: [world.server('lagging', 'has')] };
    expect((await createReader(world, servers, { ownReads: 0 })('abc')).source).toBe(PRIMARY);
  });
});

describe('what a reader has written', () => {
  const sourceOf = async (position: bigint, written: bigint | undefined): Promise<string> => {
    const world = createWorld();
    const servers = { replicas: [world.server('r1', 'has')], primary: world.server(PRIMARY, 'has') };
    const find = createReplicaReader({
      fleet: { ...createFleet(servers), primaryPosition: () => written },
      isAlone: false,
      ownReads: () => true,
      confirmations: () => true,
      retries: () => false,
      clock: world.clock,
      pause: world.pass,
    });
    return (await find('abc', position)).source;
  };

  test('is believed up to 1 GiB ahead of what the primary is known to have written', async () => {
    const furthest = 1_000n + (1n << 30n);
    expect(await Promise.all([sourceOf(furthest, 1_000n), sourceOf(furthest + 1n, 1_000n)])).toEqual([
      PRIMARY,
      'r1',
    ]);
  });

  test('is not believed where no primary was ever seen', async () => {
    expect(await sourceOf(500n, undefined)).toBe('r1');
  });
});

describe('whether an answer is recent', () => {
  test.each<readonly [string, (one: Fake) => Servers, boolean]>([
    ['a replica to rely on', (one) => ({ replicas: [one] }), true],
    ['one that lags', (one) => ({ lastResort: [one] }), false],
    ['one that seems silent', (one) => ({ silent: [one] }), false],
  ])('is said of %s', async (_what, servers, isRecent) => {
    const world = createWorld();
    const find = createReader(world, servers(world.server('r1', 'has')));
    expect(await find('abc')).toMatchObject({ confirmed: false, isRecent });
  });

  test('is said of the list of deletions, too, which silent servers are asked for last', async () => {
    const { server, asked } = createWorld();
    const fleet = createFleet({
      primary: server(PRIMARY, 'fails'),
      lastResort: [server('lagging', 'fails')],
      silent: [server('silent', 'has')],
    });
    expect(await createReplicaDeletions(fleet, true)(1)).toMatchObject({ confirmed: false, isRecent: false });
    expect(asked).toEqual([PRIMARY, 'lagging', 'silent']);
  });

  test('a replica’s list of deletions is recent, and not certain beside others', async () => {
    const { server } = createWorld();
    const fleet = createFleet({ replicas: [server('r1', 'has')] });
    expect(await createReplicaDeletions(fleet, false)(1)).toMatchObject({ confirmed: false, isRecent: true });
  });
});
