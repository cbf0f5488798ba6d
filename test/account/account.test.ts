import type { Resource } from '../support/cloud-assembly';
import { type Account, type CustomEvent, startAccount } from './account';

const REGION = 'us-east-1';
const STACK = 'shop';

let account: Account;
let events: CustomEvent[];
/** Whether the guard refuses, by what it is asked. */
let refuses: (event: CustomEvent) => boolean;

beforeEach(async () => {
  events = [];
  refuses = () => false;
  account = await startAccount({
    functions: {
      'Custom::Guard': async (event) => {
        events.push(event);
        await fetch(event.ResponseURL, {
          method: 'PUT',
          body: JSON.stringify({
            Status: refuses(event) ? 'FAILED' : 'SUCCESS',
            Reason: 'it would go down',
            PhysicalResourceId: 'guard',
          }),
        });
        return undefined;
      },
    },
  });
});
afterEach(() => account.close());

const deploy = (
  Resources: Readonly<Record<string, Resource>>,
  options?: Parameters<Account['deploy']>[3],
): Promise<string> => account.deploy(REGION, STACK, { Resources }, options);

const queue = (properties: Resource['Properties'] = {}, attributes: Partial<Resource> = {}): Resource => ({
  Type: 'AWS::SQS::Queue',
  Properties: properties,
  ...attributes,
});

const guard = (stage: number, ...after: readonly string[]): Resource => ({
  Type: 'Custom::Guard',
  Properties: { ServiceToken: 'arn:aws:lambda:us-east-1:123456789012:function:guard', Stage: stage },
  DependsOn: after,
});

/** What was done since a line of the journal, stacks left out. */
const done = (from = 0): readonly string[] =>
  account.journal
    .slice(from)
    .filter(({ type, status }) => type !== 'AWS::CloudFormation::Stack' && !status.endsWith('IN_PROGRESS'))
    .map(({ logicalId, status }) => `${logicalId} ${status}`);

const statuses = (): readonly string[] =>
  account.journal.filter(({ type }) => type === 'AWS::CloudFormation::Stack').map(({ status }) => status);

/** Logical ids, or types where it belongs to no stack any more, of what there is. */
const there = (): readonly string[] =>
  account.lives.map(({ owner, type }) => owner?.logicalId ?? `left: ${type}`).sort();

it('makes resources after what they need, and gives references what they stand for', async () => {
  const alarm = { Type: 'AWS::CloudWatch::Alarm', Properties: { Of: { 'Fn::Sub': '${Queue.QueueName}!' } } };

  expect(await deploy({ Alarm: alarm, Queue: queue() })).toBe('CREATE_COMPLETE');

  expect(done()).toEqual(['Queue CREATE_COMPLETE', 'Alarm CREATE_COMPLETE']);
  const [queueMade, alarmMade] = account.lives;
  expect(alarmMade?.properties).toEqual({ Of: `${queueMade?.physicalId ?? ''}.QueueName!` });
});

it('takes back a creation that fails, last first, but not what is to be kept', async () => {
  account.faults.push({ logicalId: 'Bad', on: 'CREATE' });

  const status = await deploy({
    Gone: queue(),
    Kept: queue({}, { DeletionPolicy: 'Retain' }),
    Young: queue({}, { DeletionPolicy: 'RetainExceptOnCreate' }),
    Bad: queue({}, { DependsOn: ['Gone', 'Kept', 'Young'] }),
  });

  expect(status).toBe('ROLLBACK_COMPLETE');
  expect(done().slice(3)).toEqual([
    'Bad CREATE_FAILED',
    'Young DELETE_COMPLETE',
    'Kept DELETE_SKIPPED',
    'Gone DELETE_COMPLETE',
  ]);
  expect(there()).toEqual(['left: AWS::SQS::Queue']);
});

it('refuses a name that is taken, until what has it is taken in', async () => {
  const named = queue({ QueueName: 'clicks' }, { DeletionPolicy: 'RetainExceptOnCreate' });
  await deploy({ Named: named, Other: queue() });
  await deploy({ Other: queue() });

  expect(await deploy({ Named: named, Other: queue() })).toBe('UPDATE_ROLLBACK_COMPLETE');
  expect(account.journal.find(({ status }) => status === 'CREATE_FAILED')?.reason).toBe(
    "Resource of type 'AWS::SQS::Queue' with identifier 'clicks' already exists.",
  );
  expect(await deploy({ Named: named, Other: queue() }, { importExisting: true })).toBe('UPDATE_COMPLETE');
  expect(there()).toEqual(['Named', 'Other']);
});

it('removes only after all else has succeeded, and by what the old template said', async () => {
  await deploy({ Old: queue(), Kept: queue({}, { DeletionPolicy: 'RetainExceptOnCreate' }) });
  const from = account.journal.length;

  expect(await deploy({ New: queue() })).toBe('UPDATE_COMPLETE');

  expect(done(from)).toEqual(['New CREATE_COMPLETE', 'Kept DELETE_SKIPPED', 'Old DELETE_COMPLETE']);
});

it('makes a new one where a property is create-only, and changes in place where not', async () => {
  const table = (VisibilityTimeout: number, QueueName: string) => queue({ QueueName, VisibilityTimeout });
  await deploy({ Queue: table(1, 'one') });
  const [first] = account.lives;
  await deploy({ Queue: table(2, 'one') });
  expect(account.lives).toEqual([first]);

  await deploy({ Queue: table(2, 'two') });

  expect(account.lives.map(({ physicalId }) => physicalId)).toEqual([
    'https://sqs.us-east-1.amazonaws.com/123456789012/two',
  ]);
});

it('asks a guard that all else needs before anything, and does nothing when it refuses', async () => {
  const other = queue({}, { DependsOn: 'Guard' });
  await deploy({ Other: other, Late: other, Guard: guard(8) });
  const from = account.journal.length;
  refuses = ({ ResourceProperties }) => ResourceProperties['Stage'] !== 8;

  expect(await deploy({ Other: queue({ VisibilityTimeout: 9 }, other), Guard: guard(1) })).toBe(
    'UPDATE_ROLLBACK_COMPLETE',
  );

  expect(done(from)).toEqual(['Guard UPDATE_FAILED', 'Guard UPDATE_COMPLETE']);
  expect(there()).toEqual(['Guard', 'Late', 'Other']);
  expect(
    events.map(({ RequestType, ResourceProperties, OldResourceProperties }) => [
      RequestType,
      ResourceProperties['Stage'],
      OldResourceProperties?.['Stage'],
    ]),
  ).toEqual([
    ['Create', 8, undefined],
    ['Update', 1, 8],
    ['Update', 8, 1],
  ]);
});

it('tells a custom resource that could not be made to delete what it may have made', async () => {
  refuses = ({ RequestType }) => RequestType === 'Create';

  expect(await deploy({ Guard: guard(1) })).toBe('ROLLBACK_COMPLETE');

  expect(events.map(({ RequestType }) => RequestType)).toEqual(['Create', 'Delete']);
});

it('cannot delete what its service protects, nor what that stands in', async () => {
  account.faults.push({ logicalId: 'Bad', on: 'CREATE' });

  const status = await deploy({
    Subnets: { Type: 'AWS::RDS::DBSubnetGroup' },
    Database: {
      Type: 'AWS::RDS::DBInstance',
      Properties: { DBSubnetGroupName: { Ref: 'Subnets' }, DeletionProtection: true },
      DeletionPolicy: 'Delete',
    },
    Bad: queue({}, { DependsOn: 'Database' }),
  });

  expect(status).toBe('ROLLBACK_FAILED');
  expect(done().slice(-2)).toEqual(['Database DELETE_FAILED', 'Subnets DELETE_FAILED']);
});

it('refuses to delete a stack that is protected, and to make another type of a resource', async () => {
  await deploy({ Part: queue() });
  const call = (action: string, fields: Readonly<Record<string, unknown>>) =>
    account.call(REGION, action, { StackName: STACK, ...fields });
  await call('UpdateTerminationProtection', { EnableTerminationProtection: 'true' });

  await expect(call('DeleteStack', {})).rejects.toThrow(
    /^Stack \[.*\] cannot be deleted while TerminationProtection is enabled$/,
  );
  await expect(deploy({ Part: { Type: 'AWS::SNS::Topic' } })).rejects.toThrow(
    'Update of resource type is not permitted. The new template modifies resource type of the following resources: [Part]',
  );
});

it('puts back what a failed update changed, and goes on with a rollback that fails itself', async () => {
  await deploy({ First: queue({ VisibilityTimeout: 1 }) });
  account.faults.push({ logicalId: 'First', on: 'UPDATE' });

  expect(await deploy({ First: queue({ VisibilityTimeout: 2 }) })).toBe('UPDATE_ROLLBACK_FAILED');
  account.faults.pop();
  await account.call(REGION, 'ContinueUpdateRollback', { StackName: STACK });

  expect(statuses().slice(-3)).toEqual([
    'UPDATE_ROLLBACK_IN_PROGRESS',
    'UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS',
    'UPDATE_ROLLBACK_COMPLETE',
  ]);
  expect(account.lives[0]?.properties).toEqual({ VisibilityTimeout: 1 });
});
