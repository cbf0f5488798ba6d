/** The cookie by which any server knows what a client has written last. */
import fc from 'fast-check';
import type { Database, Position } from '../../app/adapters/database';
import { fromToken, toToken } from '../../app/routes/own-writes';
import { createApp, storedLink } from './support';

const LINK = storedLink('abc');

/** A database whose writes are at a position, and that notes from where on each read was wanted. */
function createDatabase(position: Position | undefined) {
  const wanted: (Position | undefined)[] = [];
  const database: Database = {
    links: {
      find(_code, minPosition) {
        wanted.push(minPosition);
        return Promise.resolve({ value: LINK, source: 'replica-1', confirmed: false });
      },
      insert: () => Promise.resolve({ kind: 'created', link: LINK, position }),
      replay: () => Promise.resolve(undefined),
      markDeleted: () => Promise.resolve({ version: 2, position }),
      addClicks: () => Promise.resolve(),
      deletions: () => Promise.resolve({ value: [], source: 'primary', confirmed: true }),
    },
    health: { canRead: () => Promise.resolve(), canWrite: () => Promise.resolve(true) },
    close: () => Promise.resolve(),
  };
  return { database, wanted };
}

/** The cookie that creating a link sets. */
async function cookieOf(position: Position | undefined, headers: Record<string, string> = {}) {
  const { app } = createApp(createDatabase(position).database);
  const { headers: answered } = await app.inject({
    method: 'POST',
    url: '/api/links',
    payload: { url: 'https://example.com/' },
    headers,
  });
  await app.close();
  return answered['set-cookie'];
}

/** From where on the database is asked, when a client sends this cookie. */
async function wantedBy(cookie: string, url = '/abc'): Promise<Position | undefined> {
  const { database, wanted } = createDatabase(undefined);
  const { app } = createApp(database);
  await app.inject({ url, headers: { cookie } });
  await app.close();
  return wanted[0];
}

test('whoever makes a link gets its position in a cookie for half a minute, out of reach of scripts', async () => {
  expect(await cookieOf(0x16_b374d848n)).toBe('wrote=16b374d848; Max-Age=30; Path=/; HttpOnly; SameSite=Lax');
});

test('over HTTPS the cookie stays on HTTPS', async () => {
  expect(await cookieOf(1n, { 'x-forwarded-proto': 'https' })).toMatch(/; Secure$/);
});

test('without a position no cookie is set', async () => {
  expect(await cookieOf(undefined)).toBeUndefined();
});

test('whoever deletes a link gets the position of the deletion', async () => {
  const { app } = createApp(createDatabase(255n).database, { adminToken: 'token' });
  const { headers } = await app.inject({
    method: 'DELETE',
    url: '/api/links/abc',
    headers: { authorization: 'Bearer token' },
  });
  await app.close();
  expect(headers['set-cookie']).toMatch(/^wrote=ff;/);
});

test.each(['/abc', '/api/links/abc'])('%s is read from the position in the cookie on', async (url) => {
  expect(await wantedBy('wrote=16b374d848', url)).toBe(0x16_b374d848n);
});

test('the cookie is found among others', async () => {
  expect(await wantedBy('theme=dark; wrote=ff; unwrote=1')).toBe(255n);
});

test.each([
  '',
  'wrote',
  'wrote=',
  'wrote=xyz',
  'wrote=-1',
  'wrote=0x1',
  'wrote=11112222333344445',
  'overwrote=1',
])('a cookie that says "%s" is ignored', async (cookie) => {
  expect(await wantedBy(cookie)).toBeUndefined();
});

test('every position comes back from its token as it was', () => {
  fc.assert(
    fc.property(fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), (position) => {
      expect(fromToken(toToken(position))).toBe(position);
    }),
  );
});

test('no text makes reading a token throw, or gives more than 64 bits', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.stringMatching(/^[0-9a-fA-F]*$/)), (text) => {
      const position = fromToken(text) ?? 0n;
      expect(position >= 0n && position < 2n ** 64n).toBe(true);
    }),
  );
});
