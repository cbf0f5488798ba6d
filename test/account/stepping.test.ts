/** Down a rung and up again in production, where what holds data is kept and so may stand in its own way. */
import { DOMAIN } from '../support/rungs';
import type { Context } from '../support/synthesize';
import type { Account } from './account';
import { cdk } from './command-line';
import { deployStacks, leftBehind, startDeployedAccount } from './deployments';

let account: Account;
beforeEach(async () => {
  account = await startDeployedAccount();
});
afterEach(() => account.close());

const TWO = { name: 'shop', regions: 'us-east-1,eu-west-1', ...DOMAIN };

/** What became of the stacks that a deployment could not make or change. */
const failed = async (context: Context): Promise<readonly string[]> =>
  Object.entries(await deployStacks(account, context))
    .filter(([, status]) => !/^(?:CREATE|UPDATE)_COMPLETE$/.test(status))
    .map(([stack, status]) => `${stack} ${status}`);

it('2 → 1 → 2: a second database is made beside the one that was kept', async () => {
  await failed({ name: 'shop', stage: '2' });
  expect(await failed({ name: 'shop', stage: '1' })).toEqual([]);
  expect(leftBehind(account)).toEqual(
    expect.arrayContaining(['AWS::Logs::LogGroup', 'AWS::RDS::DBInstance']),
  );

  expect(await failed({ name: 'shop', stage: '2' })).toEqual([]);
});

it('7 → 6 → 7: the bucket of the mark goes while nothing is promoted, and comes again', async () => {
  await failed({ ...TWO, stage: '7' });
  expect(await failed({ ...TWO, regions: 'us-east-1', stage: '6' })).toEqual([]);
  expect(leftBehind(account)).not.toContain('AWS::S3::Bucket');

  expect(await failed({ ...TWO, stage: '7' })).toEqual([]);
});

it('8 → 7 → 8: the queue is kept with what is in it, and taken in again by the runbook’s line', async () => {
  await failed({ ...TWO, stage: '8' });
  const queues = () => account.lives.filter(({ physicalId }) => physicalId.endsWith('/shop-clicks'));
  const [before] = queues();
  expect(await failed({ ...TWO, stage: '7' })).toEqual([]);

  const again = await cdk(account, { ...TWO, stage: '8' }, 'deploy', '--all', '--import-existing-resources');

  expect([
    again.code,
    queues().length,
    queues()[0] === before,
    queues().every(({ owner }) => owner !== undefined),
  ]).toEqual([0, 2, true, true]);
});
