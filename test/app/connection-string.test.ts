import { Client } from 'pg';
import { createConnectionStrings, readDatabaseUrl } from '../../app/adapters/postgres/connection-string';

/** A secret that counts how often it was fetched. */
function createSecret(passwords: readonly string[]) {
  let fetches = 0;
  return {
    fetches: () => fetches,
    fetchCredentials: () => {
      const password = passwords[fetches];
      fetches += 1;
      return password === undefined
        ? Promise.reject(new Error('Secrets Manager is down'))
        : Promise.resolve({ username: 'app', password });
    },
  };
}

const URLS = ['postgresql://primary/app', 'postgresql://replica/app'] as const;

test('one fetch serves all servers, and all who ask at once', async () => {
  const { fetchCredentials, fetches } = createSecret(['first']);
  const toConnectionString = createConnectionStrings(fetchCredentials);
  const texts = await Promise.all(URLS.map((url) => toConnectionString(url)()));
  expect(texts).toEqual(['postgresql://app:first@primary/app', 'postgresql://app:first@replica/app']);
  expect(fetches()).toBe(1);
});

test('credentials that a server refuses are fetched anew, once for all servers', async () => {
  const { fetchCredentials, fetches } = createSecret(['first', 'second']);
  const [primary, replica] = URLS.map(createConnectionStrings(fetchCredentials));
  const used = [await primary?.(), await replica?.()];
  expect([await primary?.(used[0]), await replica?.(used[1])]).toEqual([
    'postgresql://app:second@primary/app',
    'postgresql://app:second@replica/app',
  ]);
  expect(fetches()).toBe(2);
});

test('credentials that no server refuses are never fetched again', async () => {
  const { fetchCredentials, fetches } = createSecret(['first']);
  const connectionString = createConnectionStrings(fetchCredentials)(URLS[0]);
  await connectionString();
  await connectionString();
  expect(fetches()).toBe(1);
});

test('a failed fetch is tried again by the next who asks', async () => {
  const passwords: string[] = [];
  const { fetchCredentials } = createSecret(passwords);
  const connectionString = createConnectionStrings(fetchCredentials)(URLS[0]);
  await expect(connectionString()).rejects.toThrow('Secrets Manager is down');
  passwords.push('unused', 'second');
  expect(await connectionString()).toBe('postgresql://app:second@primary/app');
});

test('without a secret the URL is taken as it is', async () => {
  expect(await createConnectionStrings(undefined)('postgresql://me@host/app')()).toBe(
    'postgresql://me@host/app',
  );
});

test('the credentials of a secret reach a database on a socket, too', async () => {
  const { fetchCredentials } = createSecret(['first']);
  const url = readDatabaseUrl('postgresql:///app?host=/socket') ?? '';
  expect(await createConnectionStrings(fetchCredentials)(url)()).toBe(
    'postgresql://app:first@localhost/app?host=/socket',
  );
});

test('a host in the query counts, in the form of the URL that is handed on', () => {
  expect(new Client(readDatabaseUrl('postgresql://u:p@/db?host=/socket'))).toMatchObject({
    host: '/socket',
    user: 'u',
    database: 'db',
  });
});
