import fc from 'fast-check';
import { Redis as Client } from 'iovalkey';
import { decode, encode, keyOf, type Entry } from '../../../app/adapters/cache/entry';
import { STORE_UNLESS_OLDER } from '../../../app/adapters/cache/store-unless-older';
import { startRedis, type Redis } from '../../../local/parts/redis';

const CODE = fc.stringMatching(/^[0-9A-Za-z][0-9A-Za-z_-]{2,63}$/);
const VERSION = fc.integer({ min: 1, max: 999_999_999_999_999 });
const ENTRY: fc.Arbitrary<Entry> = fc.oneof(
  fc.record({
    kind: fc.constant('link' as const),
    version: VERSION,
    url: fc.webUrl({ withFragments: true, withQueryParameters: true }).map((url) => new URL(url).href),
    expiresAt: fc.oneof(fc.constant(Infinity), fc.nat({ max: 253_402_300_799_999 })),
  }),
  fc.record({ kind: fc.constant('deleted' as const), version: VERSION }),
  fc.constant<Entry>({ kind: 'unknown', version: 0 }),
);

/** Texts like entries, of which some are and most are nearly. */
const NEARLY = fc
  .tuple(
    fc.constantFrom('abc', 'abd', ''),
    fc.constantFrom(' ', '  ', '\t'),
    fc.constantFrom('2', '02', '999999999999999', '1000000000000000', '-1', '2.5', '0x2', ''),
    fc.constantFrom(
      ...['x', '?', 'y', 'x ', 'xx', '- https://a.example/', '-https://a.example/', '5 https://a.example/'],
      ...[
        '1000000000000000 https://a.example/',
        '5e3 https://a.example/',
        '- ',
        '- a b',
        '- ü',
        '-- a',
        '- a\n',
      ],
    ),
  )
  .map(([code, space, version, what]) => `${code}${space}${version} ${what}`);

test('every entry comes back as it was', () => {
  fc.assert(
    fc.property(CODE, ENTRY, (code, entry) => {
      expect(decode(code, encode(code, entry))).toEqual(entry);
    }),
  );
});

test('an entry of one code is none of another', () => {
  fc.assert(
    fc.property(CODE, CODE, ENTRY, (code, other, entry) => {
      fc.pre(code !== other);
      expect(decode(other, encode(code, entry))).toBeUndefined();
    }),
  );
});

test('whatever is in the cache, it is an entry or nothing', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string({ unit: 'binary' }), fc.anything(), NEARLY), (value) => {
      const entry = decode('abc', value);
      expect(entry === undefined || encode('abc', entry).length <= String(value).length).toBe(true);
    }),
  );
});

test('a cut entry without its URL is none', () => {
  const text = encode('abc', { kind: 'link', version: 1, url: 'https://example.com/', expiresAt: Infinity });
  expect(decode('abc', text.slice(0, text.indexOf('https')))).toBeUndefined();
});

describe('the script that stores entries', () => {
  let server: Redis;
  let client: Client;
  const key = keyOf('abc');
  const lifetime = 60_000;

  beforeAll(async () => {
    server = await startRedis();
    client = new Client(server.port, '127.0.0.1');
  });

  afterAll(async () => {
    client.disconnect();
    await server.stop();
  });

  /** True if the entry was stored. */
  async function stores(version: number): Promise<boolean> {
    const text = encode('abc', { kind: 'deleted', version });
    return (await client.eval(STORE_UNLESS_OLDER, 1, key, 'abc', version, text, lifetime)) === 1;
  }

  async function storesOver(old: string, version: number): Promise<boolean> {
    await client.set(key, old);
    return stores(version);
  }

  test('stores over an older or an equal version, and not over a newer one', async () => {
    const old = encode('abc', { kind: 'deleted', version: 10 });
    expect([await storesOver(old, 9), await storesOver(old, 10), await storesOver(old, 11)]).toEqual([
      false,
      true,
      true,
    ]);
  });

  test('compares versions as numbers, however large', async () => {
    const old = encode('abc', { kind: 'deleted', version: 999_999_999_999_999 });
    expect(await storesOver(old, 999_999_999_999_998)).toBe(false);
  });

  test('takes for an entry just what the application does', async () => {
    await fc.assert(
      fc.asyncProperty(NEARLY, async (old) => {
        const entry = decode('abc', old);
        expect(await storesOver(old, 1)).toBe(entry === undefined || entry.version <= 1);
      }),
      { numRuns: 500 },
    );
  });

  test('replaces what is no text', async () => {
    await client.del(key);
    await client.lpush(key, 'one', 'two');
    expect(await stores(1)).toBe(true);
    expect(decode('abc', await client.get(key))).toEqual({ kind: 'deleted', version: 1 });
  });

  test('sets the lifetime in the same step', async () => {
    await storesOver('nonsense', 1);
    const left = await client.pttl(key);
    expect(left).toBeGreaterThan(lifetime - 10_000);
    expect(left).toBeLessThanOrEqual(lifetime);
  });
});
