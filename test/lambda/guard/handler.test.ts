/** Lambda's entry, as it is deployed: what it asks CloudFormation, and what it answers where a custom resource is waited for. */
import type { CloudFormationCustomResourceEvent } from 'aws-lambda';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { json } from 'node:stream/consumers';
import type { GuardProperties } from '../../../contract/guard';
import { handler } from '../../../lambda/guard/handler';
import { type Answer, type Services, refusal, startServices } from '../promote-replica/aws-services';

const STACK =
  'arn:aws:cloudformation:us-east-1:123456789012:stack/links-us-east-1-data/3ba3a2c0-0000-11ef-8000-0affc1b2c3d4';
const HIGH: GuardProperties = {
  Rungs: 'single-server,separate-database,load-balancer',
  Regions: 'us-east-1',
  Domain: '',
  OwnApplication: 'false',
  AllowRemoval: '',
};
const LOW = { ...HIGH, Rungs: 'single-server' };

const stack = (status: string): Answer => ({
  status: 200,
  body: `<DescribeStacksResponse><DescribeStacksResult><Stacks><member><StackName>links</StackName><StackStatus>${status}</StackStatus></member></Stacks></DescribeStacksResult></DescribeStacksResponse>`,
});
const NONE = refusal(400, 'ValidationError', 'Stack with id links-sa-east-1-data does not exist');

let services: Services;
let answered: unknown[];
/** What CloudFormation's address answers, the first attempt first; 200 where nothing is left. */
let statuses: number[];
const waiting = createServer((request, response) => {
  void json(request).then((body) => {
    answered.push({ method: request.method, type: request.headers['content-type'], body });
    response.writeHead(statuses.shift() ?? 200).end();
  });
});
let url: string;
beforeAll(async () => {
  services = await startServices();
  process.env['REGIONS'] = 'us-east-1,eu-west-1,sa-east-1';
  waiting.listen(0, '127.0.0.1');
  await once(waiting, 'listening');
  const address = waiting.address();
  url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}/answer?signature=s`;
});
beforeEach(() => {
  answered = [];
  statuses = [];
  services.heard.length = 0;
  services.answer = ({ region }) => (region === 'us-east-1' ? stack('UPDATE_IN_PROGRESS') : NONE);
  jest.spyOn(process.stdout, 'write').mockReturnValue(true);
});
afterEach(() => {
  jest.restoreAllMocks();
});
afterAll(async () => {
  waiting.closeAllConnections();
  waiting.close();
  await services.close();
});

type Event = CloudFormationCustomResourceEvent;
const common = {
  ServiceToken: 'arn:aws:lambda:us-east-1:123456789012:function:guard',
  StackId: STACK,
  RequestId: 'request-1',
  LogicalResourceId: 'Guard64B60F0F',
  ResourceType: 'Custom::Guard',
};
const properties = (values: GuardProperties) => ({ ServiceToken: common.ServiceToken, ...values });
const create = (after: GuardProperties): Event => ({
  ...common,
  ResponseURL: url,
  RequestType: 'Create',
  ResourceProperties: properties(after),
});
const update = (before: GuardProperties, after: GuardProperties): Event => ({
  ...common,
  ResponseURL: url,
  RequestType: 'Update',
  PhysicalResourceId: 'Guard64B60F0F',
  ResourceProperties: properties(after),
  OldResourceProperties: properties(before),
});

async function answerTo(event: Event): Promise<unknown> {
  await handler(event);
  return answered.at(-1);
}

const FAILED = (sentence: string) => ({
  method: 'PUT',
  type: '',
  // eslint-disable-next-line @typescript-eslint/no-unsafe-assignment -- Jest's matchers are any
  body: expect.objectContaining({ Status: 'FAILED', Reason: expect.stringContaining(sentence) }),
});
const SUCCESS = {
  method: 'PUT',
  type: '',
  body: {
    Status: 'SUCCESS',
    StackId: STACK,
    RequestId: 'request-1',
    LogicalResourceId: 'Guard64B60F0F',
    PhysicalResourceId: 'Guard64B60F0F',
  },
};

test('a climb is let pass', async () => {
  expect(await answerTo(update(LOW, HIGH))).toEqual(SUCCESS);
});

test('a step down is refused, with the sentence that a person reads in the stack’s events', async () => {
  expect(await answerTo(update(HIGH, LOW))).toEqual(
    FAILED('leave out separate-database and load-balancer, which this deployment has'),
  );
});

test('a step down that is allowed is let pass', async () => {
  const allowed = { ...LOW, AllowRemoval: 'separate-database,load-balancer' };
  expect(await answerTo(update(HIGH, allowed))).toEqual(SUCCESS);
});

test('the way back of a failed climb is no step down', async () => {
  services.answer = () => stack('UPDATE_ROLLBACK_IN_PROGRESS');
  expect(await answerTo(update(HIGH, LOW))).toEqual(SUCCESS);
});

test('it asks for its own stack by its ARN, in its own region', async () => {
  await handler(update(LOW, HIGH));
  expect(services.heard.map(({ region, fields }) => [region, fields['StackName']])).toEqual([
    ['us-east-1', STACK],
  ]);
});

test('a removal of the stack is let pass, and nothing is asked', async () => {
  const event: Event = {
    ...common,
    ResponseURL: url,
    RequestType: 'Delete',
    PhysicalResourceId: 'Guard64B60F0F',
    ResourceProperties: properties(HIGH),
  };
  expect(await answerTo(event)).toEqual(SUCCESS);
  expect(services.heard).toEqual([]);
});

describe('a first deployment', () => {
  it('looks for data stacks of its name in all regions that it is not told', async () => {
    await handler(create(HIGH));
    expect(services.heard.map(({ region, fields }) => [region, fields['StackName']]).sort()).toEqual(
      [
        ['us-east-1', STACK],
        ['eu-west-1', 'links-eu-west-1-data'],
        ['sa-east-1', 'links-sa-east-1-data'],
      ].sort(),
    );
  });

  it('is refused beside data in a region that was forgotten', async () => {
    services.answer = () => stack('CREATE_COMPLETE');
    expect(await answerTo(create(HIGH))).toEqual(FAILED('leave out eu-west-1 and sa-east-1'));
  });

  it('is let pass beside what a failed creation left empty', async () => {
    services.answer = () => stack('ROLLBACK_COMPLETE');
    expect(await answerTo(create(HIGH))).toEqual(SUCCESS);
  });

  it('is let pass where a region refuses to be asked, as one does that is not switched on', async () => {
    services.answer = ({ region }) =>
      region === 'us-east-1' ? stack('CREATE_IN_PROGRESS') : refusal(403, 'InvalidClientTokenId');
    expect(await answerTo(create(HIGH))).toEqual(SUCCESS);
  });
});

describe('an answer', () => {
  it('is sent again where CloudFormation’s address did not take it', async () => {
    statuses = [503];
    await handler(update(LOW, HIGH));
    expect(answered).toEqual([SUCCESS, SUCCESS]);
  });

  it('says what broke where the guard itself cannot judge', async () => {
    services.answer = () => refusal(400, 'Unknown', 'Out of order');
    expect(await answerTo(update(LOW, HIGH))).toEqual(FAILED('Out of order'));
  });
});
