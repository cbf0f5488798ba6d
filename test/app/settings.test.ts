import fc from 'fast-check';
import { readSettings, type Environment, type Settings } from '../../app/settings';
import { SETTING_NAMES } from '../../contract/settings';

function problemsOf(environment: Environment): readonly string[] {
  const read = readSettings(environment);
  return read.valid ? [] : read.problems;
}

function settingsOf(environment: Environment): Settings {
  const read = readSettings(environment);
  if (!read.valid) {
    throw new Error(read.problems.join(' '));
  }
  return read.settings;
}

test('without any setting it runs by itself, on an embedded database in ./data', () => {
  expect(settingsOf({})).toMatchObject({
    port: 8080,
    region: 'local',
    logLevel: 'info',
    publicUrl: undefined,
    adminToken: undefined,
    trustedProxies: 0,
    database: { kind: 'embedded', dataDir: 'data' },
  });
});

test('an empty value is no value', () => {
  const empty = Object.fromEntries(SETTING_NAMES.map((name) => [name, '']));
  expect(settingsOf(empty)).toEqual(settingsOf({}));
});

test('with a DATABASE_URL it uses that database, with the credentials of its secret', () => {
  const secretArn = 'arn:aws:secretsmanager:eu-central-1:123456789012:secret:database-AbCdEf';
  const url = 'postgresql://db.example.com:5432/app?sslmode=verify-full';
  expect(settingsOf({ DATABASE_URL: url, DATABASE_SECRET_ARN: secretArn }).database).toEqual({
    kind: 'postgres',
    url,
    replicaUrls: [],
    secretArn,
  });
});

test('a database on a Unix socket is accepted', () => {
  expect(problemsOf({ DATABASE_URL: 'postgresql://app@localhost/app?host=%2Frun%2Fpostgresql' })).toEqual([]);
});

test.each([
  ['postgresql://u:p@/db?host=/socket', 'postgresql://u:p@localhost/db?host=/socket'],
  ['postgres://u:p%40@/db', 'postgres://u:p%40@localhost/db'],
  ['postgresql://u@:5433/db', 'postgresql://u@localhost:5433/db'],
  ['postgresql:///db?host=/socket', 'postgresql://localhost/db?host=/socket'],
  ['postgresql://u:p@host:5433/db', 'postgresql://u:p@host:5433/db'],
])('the database %s is the one at %s', (given, understood) => {
  const { database } = settingsOf({ DATABASE_URL: given, DATABASE_REPLICA_URLS: ` ${given} ,${given}` });
  expect(database).toMatchObject({ url: understood, replicaUrls: [understood, understood] });
});

test.each(['postgresql://a:1,b:2/db', 'mysql://u@h/db', 'host=h dbname=db'])(
  'the database %s is refused, and two that would do are shown',
  (url) => {
    expect(problemsOf({ DATABASE_URL: url })).toEqual([
      'DATABASE_URL must be the URL of one server, such as postgresql://user:password@host:5432/name or postgresql://user@/name?host=/run/postgresql.',
    ]);
  },
);

test('a PUBLIC_URL with an international name is refused, and its punycode suggested', () => {
  expect(problemsOf({ PUBLIC_URL: 'https://bücher.example' })).toEqual([
    'PUBLIC_URL must be http:// or https:// and a host, with nothing after it, such as https://go.example.com. ' +
      'An international name is given in punycode: did you mean https://xn--bcher-kva.example?',
  ]);
  expect(problemsOf({ PUBLIC_URL: 'https://xn--bcher-kva.example' })).toEqual([]);
});

test('the proxies before a server are counted from 0 to 9', () => {
  expect(settingsOf({ TRUSTED_PROXIES: '2' }).trustedProxies).toBe(2);
  fc.assert(
    fc.property(fc.oneof(fc.integer({ max: -1 }), fc.integer({ min: 10 }), fc.constant(1.5)), (proxies) => {
      expect(problemsOf({ TRUSTED_PROXIES: String(proxies) })).toEqual([
        'TRUSTED_PROXIES must be a whole number from 0 to 9.',
      ]);
    }),
  );
});

test('every problem is reported at once', () => {
  expect(
    problemsOf({
      PORT: '70000',
      PUBLIC_URL: 'https://example.com/path',
      LOG_LEVEL: 'loud',
      DATABASE_SECRET_ARN: 'database',
      DATABSE_URL: 'postgresql://a/b',
    }),
  ).toEqual([
    'DATABSE_URL is not a setting; did you mean DATABASE_URL?',
    'PORT must be a number from 0 to 65535.',
    'PUBLIC_URL must be http:// or https:// and a host, with nothing after it, such as https://go.example.com.',
    'DATABASE_SECRET_ARN must be the ARN of a Secrets Manager secret.',
    'LOG_LEVEL must be one of trace, debug, info, warn, error, fatal, silent.',
    'DATABASE_SECRET_ARN needs DATABASE_URL.',
  ]);
});

test.each([
  ['DATABSE_URL', 'DATABASE_URL'],
  ['DATABASE_REPLICA_URL', 'DATABASE_REPLICA_URLS'],
  ['CACHE_TTL', 'CACHE_URL'],
  ['ADMIN_TOKENS', 'ADMIN_TOKEN'],
  ['CLICK_QUEUE', 'CLICK_QUEUE_URL'],
  ['LOGLEVEL', 'LOG_LEVEL'],
  ['public_url', 'PUBLIC_URL'],
])('%s is refused, and %s suggested', (name, suggestion) => {
  expect(problemsOf({ [name]: 'x' })).toEqual([`${name} is not a setting; did you mean ${suggestion}?`]);
});

test("variables of the system and of other programs are nobody's mistake", () => {
  const others = [
    'PATH',
    'HOME',
    'HOST',
    'NODE_ENV',
    'NODE_EXTRA_CA_CERTS',
    'AWS_REGION',
    'PGDATA',
    'XDG_DATA_DIRS',
  ];
  expect(problemsOf(Object.fromEntries(others.map((name) => [name, 'x'])))).toEqual([]);
});

test('no problem shows a value, which may be a secret', () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...SETTING_NAMES),
      fc.stringMatching(/^secret [A-Za-z0-9/:@?]{8,40}$/),
      (name, value) => {
        expect(problemsOf({ [name]: value }).join(' ')).not.toContain(value);
      },
    ),
  );
});

test('no environment makes it throw', () => {
  fc.assert(
    fc.property(
      fc.dictionary(
        fc.oneof(fc.constantFrom(...SETTING_NAMES), fc.string()),
        fc.oneof(fc.string(), fc.webUrl()),
      ),
      (environment) => {
        expect(typeof readSettings(environment).valid).toBe('boolean');
      },
    ),
  );
});

test('a queue is named by its URL, whose scheme says the kind', () => {
  const queueOf = (CLICK_QUEUE_URL: string) => settingsOf({ CLICK_QUEUE_URL }).clickQueue?.address;
  const url = 'https://sqs.example.com/queue';
  expect(queueOf(url)).toEqual({ kind: 'sqs', url });
  expect(queueOf('amqp://127.0.0.1:5672')).toMatchObject({ kind: 'rabbitmq', isEncrypted: false });
  expect(queueOf('kafka://127.0.0.1:9092')).toMatchObject({ kind: 'kafka', topic: 'clicks' });
  expect(settingsOf({}).clickQueue).toBeUndefined();
});

test('a password’s secret is for RabbitMQ over TLS, and refused by name for any other queue', () => {
  const CLICK_QUEUE_SECRET_ARN = 'arn:aws:secretsmanager:eu-west-1:123456789012:secret:queue-AbCdEf';
  const CLICK_QUEUE_URL = 'amqps://b-1.mq.eu-west-1.on.aws:5671';
  expect(settingsOf({ CLICK_QUEUE_URL, CLICK_QUEUE_SECRET_ARN }).clickQueue?.secretArn).toBe(
    CLICK_QUEUE_SECRET_ARN,
  );
  expect(problemsOf({ CLICK_QUEUE_SECRET_ARN })).toEqual(['CLICK_QUEUE_SECRET_ARN needs CLICK_QUEUE_URL.']);
  for (const other of ['amqp://127.0.0.1', 'https://sqs.example.com/queue', 'kafka://127.0.0.1:9092']) {
    expect(problemsOf({ CLICK_QUEUE_URL: other, CLICK_QUEUE_SECRET_ARN })).toEqual([
      'CLICK_QUEUE_SECRET_ARN needs a CLICK_QUEUE_URL that starts with amqps://.',
    ]);
  }
});

test('a cache is named by its own kind of URL', () => {
  expect(problemsOf({ CACHE_URL: 'http://cache' })).toEqual([
    'CACHE_URL must be redis:// or rediss://, a host, and nothing after it but ?cluster=true.',
  ]);
});

test('any combination of valid values is taken, or refused for what a setting that is given needs', () => {
  const valid = fc.record(
    {
      PORT: fc.integer({ min: 0, max: 65_535 }).map(String),
      PUBLIC_URL: fc.constantFrom('https://go.example.com', 'http://localhost:3000'),
      DATABASE_URL: fc.constant('postgresql://app@db.example.com/app'),
      DATABASE_REPLICA_URLS: fc.constant('postgresql://one/app, postgresql://two/app'),
      CACHE_URL: fc.constantFrom('redis://cache', 'rediss://user:p%40@cache:6380?cluster=true'),
      CACHE_TTL_SECONDS: fc.integer({ min: 1, max: 999_999_999 }).map(String),
      CLICK_QUEUE_URL: fc.webUrl(),
      ADMIN_TOKEN: fc.stringMatching(/^[!-~]{1,40}$/),
      LOG_LEVEL: fc.constantFrom('trace', 'silent'),
    },
    { requiredKeys: [] },
  );
  fc.assert(
    fc.property(valid, (environment) => {
      const needed = [
        ...('DATABASE_REPLICA_URLS' in environment && !('DATABASE_URL' in environment)
          ? ['DATABASE_REPLICA_URLS needs DATABASE_URL.']
          : []),
        ...('CACHE_TTL_SECONDS' in environment && !('CACHE_URL' in environment)
          ? ['CACHE_TTL_SECONDS needs CACHE_URL.']
          : []),
      ];
      expect(problemsOf(environment)).toEqual(needed);
    }),
  );
});
