/** What a rung takes from its environment, and what it refuses by name: no setting is ignored. */
import { resolve } from 'node:path';
import { SETTING_NAMES } from '../../contract/settings';
import { readCommand, type Options } from '../../local/start-options';
import { planRung } from '../../local/rung/plan';
import { NOT_GIVEN, settingsFor } from '../../local/settings';

const EVERY = Object.fromEntries(SETTING_NAMES.map((name) => [name, `a-${name.toLowerCase()}`]));

function refusedAt(stage: 1 | 2 | 3 | 5 | 7 | 8): readonly string[] {
  try {
    settingsFor(planRung({ stage }), EVERY);
    return [];
  } catch (error) {
    return String(error)
      .replace('Error: ', '')
      .split('\n')
      .map((line) => line.split(':')[0] ?? '');
  }
}

const DATABASE = ['DATABASE_URL', 'DATABASE_REPLICA_URLS', 'DATABASE_SECRET_ARN'];

test.each([
  [1, ['LOG_LEVEL']],
  [2, [...DATABASE, 'TRUSTED_PROXIES', 'LOG_LEVEL']],
  [3, [...DATABASE, 'SERVER_ID', 'TRUSTED_PROXIES', 'LOG_LEVEL']],
  [5, [...DATABASE, 'CACHE_URL', 'SERVER_ID', 'TRUSTED_PROXIES', 'LOG_LEVEL']],
  [7, [...DATABASE, 'CACHE_URL', 'REGION', 'SERVER_ID', 'TRUSTED_PROXIES', 'LOG_LEVEL']],
  [8, [...DATABASE, 'CACHE_URL', 'CLICK_QUEUE_URL', 'REGION', 'SERVER_ID', 'TRUSTED_PROXIES', 'LOG_LEVEL']],
] as const)('stage %d refuses by name what it decides by itself', (stage, names) => {
  expect(refusedAt(stage)).toEqual(names);
});

test.each([1, 2, 3, 5, 7, 8] as const)(
  'stage %d hands every other setting on, but for those that are options, too',
  (stage) => {
    const refused = refusedAt(stage);
    const rest = Object.fromEntries(Object.entries(EVERY).filter(([name]) => !refused.includes(name)));
    const { PORT, DATA_DIR, ...handedOn } = rest;
    expect([PORT, DATA_DIR]).toEqual(['a-port', 'a-data_dir']);
    expect(settingsFor(planRung({ stage }), rest)).toEqual(handedOn);
  },
);

test('a refusal says why, and what to do', () => {
  expect(() => settingsFor(planRung({ stage: 5 }), { CACHE_URL: 'redis://cache' })).toThrow(
    'CACHE_URL: this rung starts a cache of its own. Start it without.',
  );
});

test('an empty setting is none', () => {
  expect(settingsFor(planRung({ stage: 8 }), NOT_GIVEN)).toEqual({});
});

function optionsOf(argv: readonly string[], environment: Readonly<Record<string, string>>): Options {
  const command = readCommand(argv, environment);
  if (command.kind !== 'start') {
    throw new Error(`It is to ${command.kind}.`);
  }
  return command.options;
}

test.each([
  [[], {}, 3000],
  [[], { PORT: '8080' }, 8080],
  [[], { PORT: '' }, 3000],
  [['--port', '4000'], { PORT: '8080' }, 4000],
])('%j with %j listens on %d', (argv, environment, port) => {
  expect(optionsOf(argv, environment).port).toBe(port);
});

test('stop looks for the rung on the same port', () => {
  expect(readCommand(['stop'], { PORT: '8080' })).toEqual({ kind: 'stop', port: 8080 });
});

test('a port that is none is named as it was given', () => {
  expect(() => readCommand([], { PORT: 'http' })).toThrow(
    'PORT http: expected a whole number from 1 to 65535.',
  );
});

test.each([
  [[], {}, resolve('data')],
  [['--temporary'], {}, undefined],
  [['--temporary'], { DATA_DIR: 'x' }, undefined],
  [[], { DATA_DIR: 'x' }, resolve('x')],
  [['--data', 'y'], { DATA_DIR: 'x' }, resolve('y')],
  [[], { DATABASE_URL: 'postgresql://localhost/app' }, undefined],
  [['--stage', '3'], {}, undefined],
  [['--stage', '3'], { DATA_DIR: 'x' }, resolve('x')],
  [['--stage', '3', '--data', 'y'], { DATA_DIR: 'x' }, resolve('y')],
])('%j with %j keeps its data in %s', (argv, environment, dataDir) => {
  expect(optionsOf(argv, environment).dataDir).toBe(dataDir);
});

test.each([
  [['--temporary', '--data', 'x'], {}, '--temporary and --data'],
  [['--data', 'x'], { DATABASE_URL: 'postgresql://localhost/app' }, '--data and DATABASE_URL'],
  [[], { DATABASE_URL: 'postgresql://localhost/app', DATA_DIR: 'x' }, 'DATABASE_URL and DATA_DIR'],
])('%j with %j is refused: where links are kept is said twice', (argv, environment, names) => {
  expect(() => readCommand(argv, environment)).toThrow(
    `${names}: where links are kept is said twice; leave one of them out.`,
  );
});
