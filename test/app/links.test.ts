import {
  DatabaseUnavailable,
  type Inserted,
  type NewLink,
  type Once,
  type StoredLink,
} from '../../app/adapters/database';
import { createLinkService, type LinkRequest } from '../../app/services/links';
import { storedLink } from './support';

const OWN = ['go.example.com'];
const URL = 'https://example.com/';

/** Of this URL, the alias `abc` and the end of 2099, as version 0.2.0 has written it. */
const FINGERPRINT = 'HzmWnkli27lgBTQZ/Np6Dd7VfdAQ4r7TGIWwzIfSf48=';

interface Answers {
  readonly insert?: readonly Inserted[];
  readonly replay?: Inserted;
  readonly find?: StoredLink;
  readonly confirmed?: boolean;
  readonly deleted?: { readonly version: number; readonly position?: bigint };
}

/** The service over a database whose answers the test gives; both note what they are asked, and what memory is told. */
function create({ insert = [], replay, find, confirmed = true, deleted }: Answers = {}) {
  const inserts: (readonly [NewLink, Once | undefined])[] = [];
  const replays: Once[] = [];
  const finds: unknown[] = [];
  const told: unknown[] = [];
  const links = createLinkService(
    {
      insert: (...asked) => {
        const answer = insert[inserts.push([asked[0], asked[1]]) - 1];
        return Promise.resolve(answer ?? { kind: 'created', link: storedLink(asked[0].code), position: 7n });
      },
      replay: (once) => {
        replays.push(once);
        return Promise.resolve(replay);
      },
      find: (...asked) => {
        finds.push(asked);
        return Promise.resolve({ value: find, source: 'replica-1', confirmed });
      },
      markDeleted: () => Promise.resolve(deleted),
      addClicks: () => Promise.resolve(),
    },
    {
      hot: () => undefined,
      load: () => Promise.reject(new Error('not asked')),
      made: (link) => {
        told.push(['made', link.code]);
        return Promise.resolve();
      },
      deleted: (...what) => {
        told.push(['deleted', ...what]);
        return Promise.resolve();
      },
    },
  );
  return { links, inserts, replays, finds, told };
}

describe('making a link', () => {
  it('stores the URL as the parser has understood it, under a random code of seven characters', async () => {
    const { links, inserts, told } = create();
    const created = await links.create({ url: 'HTTPS://example.com' }, OWN);
    const [[link, once] = []] = inserts;
    expect(link).toMatchObject({ url: URL, alias: false, expiresAt: null });
    expect(link?.code).toMatch(/^[0-9A-Za-z]{7}$/);
    expect(once).toBeUndefined();
    expect(created).toMatchObject({ kind: 'created', link: { code: link?.code }, position: 7n });
    expect(told).toEqual([['made', link?.code]]);
  });

  it('takes another code, each time a longer one, where one is taken, five times at most', async () => {
    const { links, inserts, told } = create({ insert: Array<Inserted>(6).fill({ kind: 'code-taken' }) });
    const refused = await links.create({ url: URL }, OWN);
    expect(inserts.map(([{ code }]) => code.length)).toEqual([7, 8, 9, 10, 11]);
    expect(refused).toEqual({ kind: 'taken', reason: 'The alias "a random code" is taken.' });
    expect(told).toEqual([]);
  });

  it('ends with the first code that is free', async () => {
    const { links, inserts } = create({ insert: [{ kind: 'code-taken' }] });
    expect((await links.create({ url: URL }, OWN)).kind).toBe('created');
    expect(inserts).toHaveLength(2);
  });

  it('tries an alias once', async () => {
    const { links, inserts } = create({ insert: [{ kind: 'code-taken' }] });
    expect(await links.create({ url: URL, alias: 'mine' }, OWN)).toEqual({
      kind: 'taken',
      reason: 'The alias "mine" is taken.',
    });
    expect(inserts.map(([link]) => link)).toEqual([{ code: 'mine', url: URL, alias: true, expiresAt: null }]);
  });

  it('keeps the moment at which it expires', async () => {
    const { links, inserts } = create();
    await links.create({ url: URL, expiresAt: '2100-01-01T00:00:00Z' }, OWN);
    expect(inserts[0]?.[0].expiresAt).toEqual(new Date('2100-01-01T00:00:00Z'));
  });

  const expired = { kind: 'expired', reason: 'The expiry (expiresAt) must be a moment in the future.' };

  it.each<readonly [string, LinkRequest, object]>([
    [
      'leads to ourselves',
      { url: 'https://go.example.com/' },
      { kind: 'not-allowed', reason: 'A link to this site is not allowed.' },
    ],
    [
      'has a reserved alias',
      { url: URL, alias: 'api' },
      { kind: 'taken', reason: 'The alias "api" is taken.' },
    ],
    ['has expired', { url: URL, expiresAt: '2020-01-01T00:00:00Z' }, expired],
    ['expires at no moment', { url: URL, expiresAt: 'tomorrow' }, expired],
  ])('is refused where it %s, and the database is not asked', async (_what, request, refused) => {
    const { links, inserts, replays } = create();
    expect(await links.create(request, OWN)).toEqual(refused);
    expect([inserts, replays]).toEqual([[], []]);
  });

  it('is refused where it expires in this very moment', async () => {
    jest.useFakeTimers({ now: new Date('2030-01-01T00:00:00Z') });
    try {
      const kinds = ['2030-01-01T00:00:00.000Z', '2030-01-01T00:00:00.001Z'].map((expiresAt) =>
        create().links.create({ url: URL, expiresAt }, OWN),
      );
      expect((await Promise.all(kinds)).map(({ kind }) => kind)).toEqual(['expired', 'created']);
    } finally {
      jest.useRealTimers();
    }
  });
});

describe('a repeated request', () => {
  const stored = { ...storedLink('abc'), clicks: 5 };

  it('is answered as the first time: before anybody could click', async () => {
    const { links, told } = create({ insert: [{ kind: 'replayed', link: stored, position: 3n }] });
    expect(await links.create({ url: URL }, OWN, 'key')).toEqual({
      kind: 'created',
      link: { ...stored, clicks: 0 },
      position: 3n,
    });
    expect(told).toEqual([['made', 'abc']]);
  });

  it('is refused where it asks for something else', async () => {
    const { links } = create({ insert: [{ kind: 'key-reused' }] });
    expect(await links.create({ url: URL }, OWN, 'key')).toEqual({
      kind: 'key-reused',
      reason: 'This Idempotency-Key was used for another request.',
    });
  });

  it('is answered as the first time, though it would be refused by now', async () => {
    const { links, inserts, replays } = create({ replay: { kind: 'replayed', link: stored } });
    const request = { url: URL, expiresAt: '2020-01-01T00:00:00Z' };
    expect((await links.create(request, OWN, 'key')).kind).toBe('created');
    expect([inserts.length, replays.map(({ key }) => key)]).toEqual([0, ['key']]);
  });

  it('is refused where there was no first time', async () => {
    expect((await create().links.create({ url: 'nonsense' }, OWN, 'key')).kind).toBe('not-allowed');
  });

  const fingerprint = async (request: LinkRequest): Promise<string | undefined> => {
    const { links, inserts } = create();
    await links.create(request, OWN, 'key');
    return inserts[0]?.[1]?.fingerprint;
  };
  const expiresAt = '2100-01-01T00:00:00Z';

  it('is known by what it means', async () => {
    const [one, other] = [{ url: URL }, { expiresAt: null, alias: null, url: URL }].map(fingerprint);
    expect(await one).toBe(await other);
  });

  it('is another one where its URL, its alias or its end is another', async () => {
    const requests = [{ url: URL }, { url: `${URL}a` }, { url: URL, alias: 'abc' }, { url: URL, expiresAt }];
    expect(new Set(await Promise.all(requests.map(fingerprint))).size).toBe(4);
  });

  it('is known by the digest that databases have kept of earlier versions', async () => {
    expect(await fingerprint({ url: URL, alias: 'abc', expiresAt })).toBe(FINGERPRINT);
  });
});

describe('showing a link', () => {
  const link = storedLink('abc');
  const shown = (find: StoredLink) => create({ find }).links.show('abc', OWN);

  it('says who has answered, and asks for no older answer than the asker’s own writes', async () => {
    const { links, finds } = create({ find: link });
    expect(await links.show('abc', OWN, 9n)).toEqual({ kind: 'found', link, source: 'replica-1' });
    expect(finds).toEqual([['abc', 9n]]);
  });

  it('says that there is none where the primary says so', async () => {
    expect(await create().links.show('abc', OWN)).toEqual({ kind: 'unknown' });
  });

  it('says nothing where the primary cannot', async () => {
    await expect(create({ confirmed: false }).links.show('abc', OWN)).rejects.toThrow(DatabaseUnavailable);
  });

  it('shows one that expires later, and none that has expired, deleted or not allowed any more', async () => {
    const now = Date.now();
    expect(await shown({ ...link, expiresAt: new Date(now + 60_000) })).toMatchObject({ kind: 'found' });
    expect(await shown({ ...link, expiresAt: new Date(now - 1) })).toEqual({
      kind: 'gone',
      reason: 'This link has expired.',
    });
    expect(await shown({ ...link, deletedAt: new Date(now) })).toEqual({
      kind: 'gone',
      reason: 'This link was deleted.',
    });
    expect(await shown({ ...link, url: 'https://go.example.com/' })).toEqual({
      kind: 'gone',
      reason: 'This link leads to an address that is no longer allowed.',
    });
  });

  it('shows none in the very moment of its end', async () => {
    jest.useFakeTimers({ now: 1_000_000 });
    try {
      expect(await shown({ ...link, expiresAt: new Date(1_000_000) })).toMatchObject({ kind: 'gone' });
    } finally {
      jest.useRealTimers();
    }
  });
});

describe('deleting a link', () => {
  it('tells the other servers, and says from where on it is to be seen', async () => {
    const { links, told } = create({ deleted: { version: 2, position: 4n } });
    expect(await links.remove('abc')).toEqual({ position: 4n });
    expect(told).toEqual([['deleted', 'abc', 2]]);
  });

  it('of which there never was one tells nobody', async () => {
    const { links, told } = create();
    expect(await links.remove('abc')).toBeUndefined();
    expect(told).toEqual([]);
  });
});
