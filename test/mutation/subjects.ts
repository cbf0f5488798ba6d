/** What is mutated: the files that decide, each with the quick unit tests that are about it; and what of their folders is not. */

/** File → test files, in the order in which they are run. */
export const SUBJECTS: Readonly<Record<string, readonly string[]>> = {
  'contract/guard.ts': ['test/lambda/guard/guard.test.ts'],
  'contract/election.ts': ['test/contract/election.test.ts'],
  'lib/scaling-plan.ts': ['test/lib/scaling-plan.test.ts'],
  'lib/settings.ts': ['test/lib/settings.test.ts'],
  'lib/settings/planned.ts': ['test/lib/settings/planned.test.ts'],
  'lib/settings/read.ts': ['test/lib/settings.test.ts'],
  'lib/settings/schemas.ts': ['test/lib/settings.test.ts'],
  'lib/settings/together.ts': ['test/lib/settings.test.ts'],
  ...below('app/services', 'test/app', {
    'admin.ts': 'admin',
    'clicks.ts': 'clicks',
    'codes.ts': 'codes',
    'deletions.ts': 'deletions',
    'expiry.ts': 'expiry',
    'health.ts': 'health',
    'links.ts': 'links',
    'targets.ts': 'targets',
    'urls.ts': 'urls',
  }),
  ...below('app/adapters/replicas', 'test/app/replicas', {
    'allowance.ts': 'allowance',
    'lag.ts': 'lag',
    'position.ts': 'position',
    'reader.ts': 'reader',
    'standing.ts': 'standing',
    'state.ts': 'state',
  }),
  ...below('lambda/click-worker', 'test/lambda/click-worker', {
    'counting.ts': 'worker',
    'pass-on.ts': 'worker',
    'settings.ts': 'settings',
    'worker.ts': 'worker',
  }),
  ...below('lambda/promote-replica', 'test/lambda/promote-replica', {
    'aws.ts': 'aws',
    'event.ts': 'event',
    'invocation.ts': 'invocation',
    'probe.ts': 'probe',
    'promotion.ts': 'promotion',
    'settings.ts': 'settings',
    'variables.ts': 'settings',
  }),
  'server/carry-over/settings.ts': ['test/server/carry-over/settings.test.ts'],
  ...below('test/climbing', 'test/climbing', {
    'replacements.ts': 'replacements',
    'interruptions.ts': 'interruptions',
    'collisions.ts': 'collisions',
    'dangers.ts': 'dangers',
    'served.ts': 'shut-out',
    'steps.ts': 'steps',
  }),
};

const REAL_SERVERS =
  'decides little without a real PostgreSQL, which its tests start: too slow for a run per change';
const WIRING = 'puts parts together, and decides nothing';

/** File of the same folders → why it is not mutated. */
export const LEFT_OUT: Readonly<Record<string, string>> = {
  'lib/settings/document.ts': 'writes a page, which a test compares',
  'lib/settings/problem.ts': 'puts words together',
  'app/services/services.ts': WIRING,
  'app/adapters/replicas/database.ts': REAL_SERVERS,
  'app/adapters/replicas/fleet.ts': REAL_SERVERS,
  'app/adapters/replicas/probe.ts': REAL_SERVERS,
  'app/adapters/replicas/server.ts': REAL_SERVERS,
  'lambda/click-worker/database.ts': REAL_SERVERS,
  'lambda/click-worker/handler.ts': WIRING,
  'lambda/click-worker/marks.ts': REAL_SERVERS,
  'lambda/promote-replica/handler.ts': WIRING,
  'lambda/click-worker/server.ts': REAL_SERVERS,
  'lambda/click-worker/sqs.ts': 'asks AWS alone',
  'server/carry-over/databases.ts': REAL_SERVERS,
  'server/carry-over/progress.ts': REAL_SERVERS,
  'server/carry-over/refusals.ts': REAL_SERVERS,
  'server/carry-over/rows.ts': REAL_SERVERS,
  'server/carry-over/schema.ts': REAL_SERVERS,
  'server/carry-over/source.ts': REAL_SERVERS,
  'server/carry-over/turn.ts': REAL_SERVERS,
  'server/carry-over/verify.ts': REAL_SERVERS,
};

function below(folder: string, tests: string, files: Readonly<Record<string, string>>) {
  return Object.fromEntries(
    Object.entries(files).map(([file, test]) => [`${folder}/${file}`, [`${tests}/${test}.test.ts`]]),
  );
}
