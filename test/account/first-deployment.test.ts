/** A first deployment that fails, by the CDK's real command line: what is left, and what its repetition does. */
import { DeleteDBInstanceCommand, RDSClient } from '@aws-sdk/client-rds';
import { DOMAIN } from '../support/rungs';
import type { Account } from './account';
import { cdk } from './command-line';
import { deployStacks, destroyStacks, leftBehind, startDeployedAccount } from './deployments';

const REGION = 'us-east-1';
const DATA = 'shop-us-east-1-data';
const APP = 'shop-us-east-1-app';
const RUNG_3 = { name: 'shop', stage: '3', without: 'single-server' };
const SANDBOX = { ...RUNG_3, sandbox: 'true' };

let account: Account;
beforeEach(async () => {
  account = await startDeployedAccount();
});
afterEach(() => account.close());

const isProtected = (stack: string) => account.stack(REGION, stack)?.protected;
const databaseIsProtected = () =>
  account.lives.find(({ type }) => type === 'AWS::RDS::DBInstance')?.properties['DeletionProtection'];

it('is taken back whole, succeeds when it is repeated, and from then on is protected', async () => {
  account.faults.push({ logicalId: /^DatabaseAlarms/, on: 'CREATE' });
  const failed = await cdk(account, RUNG_3, 'deploy', '--all');
  expect([failed.code, account.stack(REGION, DATA)?.status, isProtected(DATA), account.lives]).toEqual([
    1,
    'ROLLBACK_COMPLETE',
    false,
    [],
  ]);
  account.faults.length = 0;

  const repeated = await cdk(account, RUNG_3, 'deploy', '--all');

  expect([repeated.code, isProtected(DATA), isProtected(APP), databaseIsProtected()]).toEqual([
    0,
    true,
    true,
    true,
  ]);
  const destroyed = await cdk(account, RUNG_3, 'destroy', '--all');
  expect(destroyed.said).toMatch(/cannot be deleted while TerminationProtection is enabled/);
  expect([destroyed.code, account.stack(REGION, APP)?.status]).toEqual([1, 'CREATE_COMPLETE']);
});

it('goes on at rung 7 where it stopped, or goes whole, once what stands is a sandbox', async () => {
  const rung7 = { name: 'shop', stage: '7', ...DOMAIN };
  account.faults.push({ logicalId: /^Promotion(?:Promote|Watch)/, on: 'CREATE' });
  const half = { [DATA]: 'CREATE_COMPLETE', 'shop-eu-west-1-data': 'ROLLBACK_COMPLETE' };
  expect(await deployStacks(account, rung7)).toEqual(half);
  const sandbox = { ...rung7, sandbox: 'true' };

  await deployStacks(account, sandbox, { stacks: [DATA] });
  await destroyStacks(account, sandbox);

  expect(account.lives).toEqual([]);
  expect(await deployStacks(account, rung7)).toEqual(half);
  account.faults.length = 0;
  expect(Object.values(await deployStacks(account, rung7))).toEqual(
    Array.from({ length: 5 }, () => 'CREATE_COMPLETE'),
  );
});

it('takes back the files that it has just copied, too', async () => {
  account.faults.push({ logicalId: /^Domain/, on: 'CREATE' });

  expect((await deployStacks(account, { name: 'shop', stage: '6', ...DOMAIN }))['shop-edge']).toBe(
    'ROLLBACK_COMPLETE',
  );

  expect(leftBehind(account)).toEqual([]);
});

it('that could not be taken back is repeated once its database is deleted', async () => {
  account.faults.push(
    { logicalId: /^DatabaseAlarms/, on: 'CREATE' },
    { logicalId: /^Database\w{8}$/, on: 'DELETE' },
  );
  expect((await deployStacks(account, RUNG_3))[DATA]).toBe('ROLLBACK_FAILED');
  account.faults.length = 0;
  const [database] = account.lives.filter(({ type }) => type === 'AWS::RDS::DBInstance');
  await new RDSClient().send(
    new DeleteDBInstanceCommand({ DBInstanceIdentifier: database?.physicalId, SkipFinalSnapshot: true }),
  );

  expect(Object.values(await deployStacks(account, RUNG_3))).toEqual(['CREATE_COMPLETE', 'CREATE_COMPLETE']);

  expect(leftBehind(account)).toEqual(['AWS::RDS::DBParameterGroup', 'AWS::RDS::DBSubnetGroup']);
});

it('is protected again soon after a deployment without changes, which takes the protection away', async () => {
  await deployStacks(account, RUNG_3);

  const { said } = await cdk(account, RUNG_3, 'deploy', DATA);

  expect(said).toMatch(/no changes/);
  expect(isProtected(DATA)).toBe(false);
  await account.tick();
  expect(isProtected(DATA)).toBe(true);
});

it('is protected again after an update that failed', async () => {
  await deployStacks(account, RUNG_3);
  account.faults.push({ logicalId: /^Cache/, on: 'CREATE' });

  expect((await deployStacks(account, { ...RUNG_3, stage: '5' }))[DATA]).toBe('UPDATE_ROLLBACK_COMPLETE');

  expect([isProtected(DATA), databaseIsProtected()]).toEqual([true, true]);
});

it('goes whole once it is a sandbox', async () => {
  await deployStacks(account, RUNG_3);

  await deployStacks(account, SANDBOX);

  expect([isProtected(DATA), isProtected(APP), databaseIsProtected()]).toEqual([false, false, false]);
  await destroyStacks(account, SANDBOX);
  expect(account.lives).toEqual([]);
});

it('stays protected when the way to a sandbox fails', async () => {
  await deployStacks(account, RUNG_3);
  account.faults.push({ logicalId: /^AccessLogs|^CustomS3AutoDelete/, on: 'CREATE' });
  const status = (await deployStacks(account, { ...SANDBOX, stage: '3' }))[DATA];

  expect([status, isProtected(DATA), databaseIsProtected()]).toEqual([
    'UPDATE_ROLLBACK_COMPLETE',
    true,
    true,
  ]);
});

it('leaves its database protected when it is deleted all the same', async () => {
  await deployStacks(account, RUNG_3);
  for (const StackName of [APP, DATA]) {
    await account.call(REGION, 'UpdateTerminationProtection', {
      StackName,
      EnableTerminationProtection: 'false',
    });
    await account.call(REGION, 'DeleteStack', { StackName });
  }

  expect([databaseIsProtected(), leftBehind(account)]).toEqual([
    true,
    expect.arrayContaining(['AWS::KMS::Key', 'AWS::RDS::DBInstance', 'AWS::SecretsManager::Secret']),
  ]);
});
