import { HELP, takeSettings } from '../../../server/carry-over/settings';

const ALL = {
  TARGET_URL: 'postgresql://target/app',
  PGUSER: 'user',
  PGPASSWORD: 'secret',
  SOURCE_URL: 'postgresql://source/app',
  SOURCE_OPEN: '/open',
  SOURCE_CLOSE: '/close',
  SOURCE_EVICT: '/evict',
  GENERATION: '7',
  IN_VOLUME_ZONE: 'true',
};
const TIMES = { WAIT_SECONDS: '1', EVICT_AFTER_SECONDS: '2.5', CONNECT_SECONDS: '3', OPEN_SECONDS: '4' };

const READ = {
  targetUrl: 'postgresql://target/app',
  targetUser: 'user',
  targetPassword: 'secret',
  sourceUrl: 'postgresql://source/app',
  sourceOpen: '/open',
  sourceClose: '/close',
  sourceEvict: '/evict',
  generation: '7',
  inVolumeZone: true,
  waitMs: 3_600_000,
  evictAfterMs: 120_000,
  connectMs: 300_000,
  openMs: 1_200_000,
};

test('times are an hour, two minutes, five and twenty unless they are set', () => {
  expect(takeSettings({ ...ALL })).toEqual(READ);
});

test('times are in seconds, and the zone may be another', () => {
  expect(takeSettings({ ...ALL, ...TIMES, IN_VOLUME_ZONE: 'false' })).toEqual({
    ...READ,
    inVolumeZone: false,
    waitMs: 1_000,
    evictAfterMs: 2_500,
    connectMs: 3_000,
    openMs: 4_000,
  });
});

test('user and password are taken out of the environment, which children inherit', () => {
  const environment = { ...ALL, PATH: '/bin' };
  takeSettings(environment);
  expect(Object.keys(environment).sort()).toEqual(
    [...Object.keys(ALL), 'PATH'].filter((name) => !name.startsWith('PG')).sort(),
  );
});

test('every problem is named at once', () => {
  expect(() => takeSettings({ IN_VOLUME_ZONE: 'maybe', WAIT_SECONDS: '0', OPEN_SECONDS: 'long' })).toThrow(
    new Error(
      "The carry-over's settings are wrong: TARGET_URL is missing; PGUSER is missing; PGPASSWORD is missing; " +
        'SOURCE_URL is missing; SOURCE_OPEN is missing; SOURCE_CLOSE is missing; SOURCE_EVICT is missing; ' +
        'GENERATION is missing; IN_VOLUME_ZONE is "maybe", expected true or false; ' +
        'WAIT_SECONDS is "0", expected a number of seconds above 0; ' +
        'OPEN_SECONDS is "long", expected a number of seconds above 0. --help explains each.',
    ),
  );
});

test('a setting that is missing is no wrong one besides', () => {
  expect(() => takeSettings({ ...ALL, IN_VOLUME_ZONE: '' })).toThrow(
    new Error("The carry-over's settings are wrong: IN_VOLUME_ZONE is missing. --help explains each."),
  );
});

test.each([...Object.keys(ALL), ...Object.keys(TIMES)])('--help explains %s on a line of its own', (name) => {
  expect(HELP).toMatch(new RegExp(`^  ${name} +\\S.{10,}$`, 'm'));
});

test('--help names the default of what has one, and of nothing else', () => {
  const defaults = [...HELP.matchAll(/^  ([A-Z_]+) .* \(default (.+)\)$/gm)].map(([, ...row]) => row);
  expect(defaults).toEqual([
    ['WAIT_SECONDS', '3600'],
    ['EVICT_AFTER_SECONDS', '120'],
    ['CONNECT_SECONDS', '300'],
    ['OPEN_SECONDS', '1200'],
  ]);
  expect(HELP.match(/default/g)).toHaveLength(defaults.length);
});
