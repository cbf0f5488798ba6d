/** What the doctor reads from templates, the command line and the project's files. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readProject } from '../../doctor/context';
import { missing } from '../../doctor/deployed';
import { at } from '../../doctor/json';
import { HELP, readCommand } from '../../doctor/options';
import { KAFKA, KAFKA_CONFIGURATION, RABBITMQ } from '../../doctor/questions/brokers';
import { NAMED, namesOf } from '../../doctor/questions/leftovers';
import { reason, TooLate, Unanswered, unless } from '../../doctor/unanswered';
import { resolved, type WantedResource } from '../../doctor/wanted';
import { ROWS } from '../../lib/settings';
import { resources } from '../support/cloud-assembly';
import { DOMAIN } from '../support/rungs';
import { type Context, synthesize } from '../support/synthesize';
import { NAME } from '../support/physical-names';

const TARGET = { account: '123456789012', region: 'eu-west-1', stack: 'shop-data' };

describe('a name in a template', () => {
  test.each([
    ['shop-clicks', 'shop-clicks'],
    [
      { 'Fn::Join': ['', ['shop-mark-', { Ref: 'AWS::AccountId' }, '-eu-west-1']] },
      'shop-mark-123456789012-eu-west-1',
    ],
    [{ 'Fn::Sub': '${AWS::StackName}-x-${AWS::Region}' }, 'shop-data-x-eu-west-1'],
    [{ Ref: 'Queue' }, undefined],
    [{ 'Fn::Join': ['', ['a', { 'Fn::Select': [2, { Ref: 'AWS::StackId' }] }]] }, undefined],
    [undefined, undefined],
  ])('%j is %s', (value, expected) => {
    expect(resolved(value, TARGET)).toBe(expected);
  });
});

describe('the highest rung', () => {
  const wanted = wantedOf({ stage: '8', name: 'shop', ...DOMAIN });
  const names = namesOf(wanted, TARGET.account).map(({ region, name }) => `${region} ${name}`);

  test.each([
    'us-east-1 shop-mark-123456789012-us-east-1',
    'eu-west-1 shop-mark-123456789012-eu-west-1',
    'us-east-1 shop-clicks',
    'eu-west-1 shop-clicks',
    'us-east-1 shop-origin-1',
  ])('must find free: %s', (name) => {
    expect(names).toContain(name);
  });

  test('must find a secret’s name free in every region that it is copied to', () => {
    expect(names).toContain('eu-west-1 shop-origin-1');
  });

  test('gives no name that leftovers are not looked for under', () => {
    const given = givingNames(wanted);
    expect(given.length).toBeGreaterThan(4);
    expect(given.filter(({ type }) => NAMED[type] === undefined)).toEqual([]);
  });
});

describe('RabbitMQ and Kafka', () => {
  const wanted = wantedOf({
    stage: '8',
    without: 'data-centers',
    queue: 'rabbitmq',
    drainQueues: 'kafka',
    name: 'shop',
  });

  test('give names that are unique over time, which nothing can have taken', () => {
    const brokers = [RABBITMQ, KAFKA, KAFKA_CONFIGURATION].flatMap((type) =>
      wanted.filter((resource) => resource.type === type),
    );
    expect(brokers).toHaveLength(3);
    expect(brokers.filter(({ type, properties }) => at(properties, NAME[type] ?? '') === undefined)).toEqual(
      [],
    );
    expect(givingNames(brokers)).toEqual([]);
  });

  test('say in the templates what Amazon MQ and MSK are asked for', () => {
    const [rabbitMq] = wanted.filter(({ type }) => type === RABBITMQ);
    const [kafka] = wanted.filter(({ type }) => type === KAFKA);
    expect(rabbitMq?.properties).toMatchObject({
      EngineVersion: '4.2',
      HostInstanceType: 'mq.m7g.large',
      DeploymentMode: 'CLUSTER_MULTI_AZ',
    });
    expect(kafka?.properties).toMatchObject({ KafkaVersion: '3.9.x.kraft', NumberOfBrokerNodes: 2 });
  });
});

function wantedOf(context: Context): readonly WantedResource[] {
  return resources(synthesize(context)).map(({ stack, id, resource, properties }) => ({
    stack,
    region: stack.includes('eu-west-1') ? 'eu-west-1' : 'us-east-1',
    id,
    type: resource.Type,
    properties,
  }));
}

/** Those whose name is known before they are made. */
function givingNames(all: readonly WantedResource[]): readonly WantedResource[] {
  return all.filter(({ type, region, stack, properties }) => {
    const value = at(properties, NAME[type] ?? '');
    return resolved(value, { account: TARGET.account, region, stack }) !== undefined;
  });
}

test('what a stack has is not missing, and what another stack has under the same id is', () => {
  const resource = (stack: string) => ({ stack, region: 'r', id: 'Vpc', type: 'T', properties: {} });
  const deployed = [{ name: 'a', status: 'UPDATE_COMPLETE', protected: true, live: new Set(['Vpc']) }];
  expect(missing(deployed, [resource('a'), resource('b')])).toEqual([resource('b')]);
});

describe('a request that fails', () => {
  const failed = (name: string, status: number, message = name): Unanswered =>
    new Unanswered(
      'ec2:DescribeVpcs',
      Object.assign(new Error(message), { name, $metadata: { httpStatusCode: status } }),
    );

  test.each([
    [
      failed('UnauthorizedOperation', 403),
      'the permission ec2:DescribeVpcs is missing (UnauthorizedOperation)',
    ],
    [
      failed('AccessDenied', 403, 'User: x is not authorized to perform: s3:ListBucket on resource: y'),
      'the permission s3:ListBucket is missing (AccessDenied)',
    ],
    [failed('ExpiredToken', 403), 'the credentials have expired (ExpiredToken)'],
    [
      failed('AuthFailure', 401),
      'the credentials are not known here, or the region is not enabled (AuthFailure)',
    ],
    [new Unanswered('ec2:DescribeVpcs', new TooLate(10_000)), 'no answer within 10 s (ec2:DescribeVpcs)'],
    [failed('Throttling', 400, 'Rate exceeded'), 'Throttling, ec2:DescribeVpcs: Rate exceeded'],
  ])('is said so: %s', (error, expected) => {
    expect(reason(error)).toBe(expected);
  });

  test('as expected is an answer, and otherwise is none', async () => {
    const error = failed('NoSuchBucket', 404);
    await expect(unless(Promise.reject(error), 'NoSuchBucket')).resolves.toBeUndefined();
    await expect(unless(Promise.reject(error), 404)).resolves.toBeUndefined();
    await expect(unless(Promise.reject(error), 'ParameterNotFound')).rejects.toBe(error);
  });
});

describe('the command line', () => {
  test('takes settings, a profile and what is not for people', () => {
    expect(
      readCommand(['-c', 'stage=5', '--context', 'name=a=b', '--profile', 'p', '--all', '--json']),
    ).toEqual({
      kind: 'examine',
      options: {
        context: { stage: '5', name: 'a=b' },
        profile: 'p',
        json: true,
        timeoutMs: 10_000,
        resolver: undefined,
      },
    });
  });

  test.each(['192.0.2.1', '192.0.2.1:5353', '2001:db8::1', '[2001:db8::1]:53'])(
    'takes %s for a resolver',
    (given) => {
      expect(readCommand(['--resolver', given])).toMatchObject({ options: { resolver: given } });
    },
  );

  test.each(ROWS)('lists the setting %s with what it does', (key, { does }) => {
    expect(HELP.split('\n').map((line) => line.trim().split(/ {2,}/))).toContainEqual([key, does]);
  });

  test.each([
    [['--timeout', '0'], '--timeout 0: expected seconds'],
    [['--timeout', '31'], '--timeout 31: expected seconds'],
    [['--resolver', 'dns.example.com'], '--resolver dns.example.com: expected an IP address'],
    [['-c', 'stage'], '-c stage: expected KEY=VALUE'],
    [['--jsno'], "Unknown option '--jsno'. Did you mean --json?"],
    [['zero-to-million-edge'], "Unexpected argument 'zero-to-million-edge'"],
  ])('refuses %j by name', (argv, expected) => {
    expect(() => readCommand(argv)).toThrow(expected);
  });
});

describe('a project', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'zero-to-million-context-'));
  });
  afterEach(() => {
    rmSync(folder, { recursive: true, force: true });
  });
  const write = (file: string, content: unknown): void => {
    writeFileSync(join(folder, file), JSON.stringify(content));
  };

  test('has the context of its files, which the command line overrules', () => {
    write('cdk.json', { app: 'true', profile: 'p', context: { stage: '2', name: 'shop', x: 1 } });
    write('cdk.context.json', { x: 2, y: 3 });
    expect(readProject(folder, { stage: '5' })).toEqual({
      app: 'true',
      profile: 'p',
      context: { stage: '5', name: 'shop', x: 1, y: 3 },
    });
  });

  test('without a cdk.json is refused with a sentence', () => {
    expect(() => readProject(folder, {})).toThrow('Run this where the project’s cdk.json is.');
  });

  test('whose cdk.json is no JSON is refused by the file’s name', () => {
    writeFileSync(join(folder, 'cdk.json'), '{');
    expect(() => readProject(folder, {})).toThrow(/cdk\.json cannot be read/);
  });
});
