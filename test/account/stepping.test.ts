/** Down a rung and up again in production, where what holds data is kept and so may stand in its own way. */
import { DOMAIN } from '../support/rungs';
import type { Context } from '../support/synthesize';
import type { Account } from './account';
import { deployStacks, leftBehind, startDeployedAccount } from './deployments';

let account: Account;
beforeEach(async () => {
  account = await startDeployedAccount();
});
afterEach(() => account.close());

const TWO = { name: 'shop', regions: 'us-east-1,eu-west-1', ...DOMAIN };

/** The statuses that stacks ended in, each once. */
const deployed = async (context: Context, importExisting = false): Promise<readonly string[]> =>
  [...new Set(Object.values(await deployStacks(account, context, { importExisting })))].sort();

it('2 → 1 → 2: a second database is made beside the one that was kept', async () => {
  await deployed({ name: 'shop', stage: '2' });
  expect(await deployed({ name: 'shop', stage: '1' })).toEqual(['UPDATE_COMPLETE']);
  expect(leftBehind(account)).toEqual(
    expect.arrayContaining(['AWS::Logs::LogGroup', 'AWS::RDS::DBInstance']),
  );

  expect(await deployed({ name: 'shop', stage: '2' })).toEqual(['UPDATE_COMPLETE']);
});

it('7 → 6 → 7: the bucket of the mark goes while nothing is promoted, and comes again', async () => {
  await deployed({ ...TWO, stage: '7' });
  expect(await deployed({ ...TWO, regions: 'us-east-1', stage: '6' })).toEqual(['UPDATE_COMPLETE']);
  expect(leftBehind(account)).not.toContain('AWS::S3::Bucket');

  expect(await deployed({ ...TWO, stage: '7' })).toEqual(['UPDATE_COMPLETE']);
});

it('8 → 7 → 8: the queue is kept with what is in it, and taken in again by the runbook’s line', async () => {
  await deployed({ ...TWO, stage: '8' });
  const queues = () => account.lives.filter(({ physicalId }) => physicalId.endsWith('/shop-clicks'));
  const [before] = queues();
  expect(await deployed({ ...TWO, stage: '7' })).toEqual(['UPDATE_COMPLETE']);

  expect(await deployed({ ...TWO, stage: '8' }, true)).toEqual(['UPDATE_COMPLETE']);

  expect([
    queues().length,
    queues()[0] === before,
    queues().every(({ owner }) => owner !== undefined),
  ]).toEqual([2, true, true]);
});
