/** Lambda's entry, as it is deployed: what it reads from its environment, and asks of AWS. */
import type * as protectStanding from '../../../lambda/protect-standing/handler';
import { type Answer, refusal, type Services, startServices } from '../promote-replica/aws-services';
import { SETTINGS } from './settings';

let services: Services;
let handler: typeof protectStanding.handler;
beforeAll(async () => {
  services = await startServices();
  Object.assign(process.env, SETTINGS);
  ({ handler } = jest.requireActual<typeof protectStanding>('../../../lambda/protect-standing/handler'));
});
beforeEach(() => {
  services.heard.length = 0;
  jest.spyOn(process.stdout, 'write').mockReturnValue(true);
});
afterEach(() => {
  jest.restoreAllMocks();
});
afterAll(() => services.close());

const result = (action: string, content: string): Answer => ({
  status: 200,
  body: `<${action}Response><${action}Result>${content}</${action}Result></${action}Response>`,
});

const stack = (status: string, isProtected = false): Answer =>
  result(
    'DescribeStacks',
    `<Stacks><member><StackName>s</StackName><CreationTime>2026-01-01T00:00:00Z</CreationTime><StackStatus>${status}</StackStatus><EnableTerminationProtection>${String(isProtected)}</EnableTerminationProtection></member></Stacks>`,
  );

/** What AWS says of each stack, by the end of its name; there is no other. */
let stacks: Readonly<Record<string, Answer>>;
const answer: Services['answer'] = ({ what, fields }) => {
  if (what !== 'DescribeStacks') {
    return result(
      what,
      '<DBInstances><DBInstance><DeletionProtection>false</DeletionProtection></DBInstance></DBInstances>',
    );
  }
  const name = fields['StackName'] ?? '';
  const known = Object.entries(stacks).find(([key]) => name.includes(key))?.[1];
  return known ?? refusal(400, 'ValidationError', `Stack with id ${name} does not exist`);
};
beforeEach(() => {
  services.answer = answer;
});

/** What was switched on, and where. */
const switched = (): readonly string[] =>
  services.heard
    .filter(({ what }) => !what.startsWith('Describe'))
    .map(({ fields, region }) => {
      const {
        DBInstanceIdentifier,
        DeletionProtection,
        EnableTerminationProtection,
        StackName = '',
      } = fields;
      const on = EnableTerminationProtection ?? DeletionProtection ?? '';
      return `${region} ${DBInstanceIdentifier ?? StackName.split('/').slice(-2)[0] ?? ''} ${on}`;
    })
    .sort();

it('protects each stack that stands, in its own region, and the databases of its own', async () => {
  stacks = {
    'shop-eu-west-1-data': stack('CREATE_COMPLETE'),
    'shop-eu-west-1-app': stack('UPDATE_ROLLBACK_COMPLETE'),
    'shop-edge': stack('UPDATE_COMPLETE'),
  };
  await handler();
  expect(switched()).toEqual([
    'eu-west-1 db-1 true',
    'eu-west-1 shop-eu-west-1-app true',
    'eu-west-1 shop-eu-west-1-data true',
    'us-east-1 shop-edge true',
  ]);
});

it.each([
  'CREATE_IN_PROGRESS',
  'ROLLBACK_IN_PROGRESS',
  'ROLLBACK_COMPLETE',
  'ROLLBACK_FAILED',
  'CREATE_FAILED',
  'DELETE_IN_PROGRESS',
  'UPDATE_IN_PROGRESS',
])('leaves a stack alone that is %s, and its databases', async (status) => {
  stacks = { 'shop-eu-west-1-data': stack(status) };
  await handler();
  expect(switched()).toEqual([]);
});

it('protects a stack that is stuck in an update, but not a database that may have to go with it', async () => {
  stacks = { 'shop-eu-west-1-data': stack('UPDATE_ROLLBACK_FAILED') };
  await handler();
  expect(switched()).toEqual(['eu-west-1 shop-eu-west-1-data true']);
});

it('fails aloud when it may not, after it has protected all else', async () => {
  stacks = {
    'shop-eu-west-1-data': stack('CREATE_COMPLETE', true),
    'shop-edge': refusal(403, 'AccessDenied', 'an organization says no'),
  };
  await expect(handler()).rejects.toThrow('an organization says no');
  expect(switched()).toEqual(['eu-west-1 db-1 true']);
});
