/** What the doctor makes of an answer, apart from the asking. */
import { judgeAccount } from '../../doctor/credentials';
import type { DeployedStack } from '../../doctor/deployed';
import { type Bootstrapped, judgeBootstrap } from '../../doctor/questions/bootstrap';
import { judgeKafka, judgeRabbitMq } from '../../doctor/questions/brokers';
import { judgeDatabase, judgeNodeType } from '../../doctor/questions/databases';
import { judgeAliases, judgeVerification } from '../../doctor/questions/distributions';
import { judgeConcurrency } from '../../doctor/questions/functions';
import { judgeDelegation, judgeHostedZone } from '../../doctor/questions/hosted-zone';
import { judgeNames, NAMED } from '../../doctor/questions/leftovers';
import { judgeRoom, vcpuQuota, vcpusOfOthers } from '../../doctor/questions/limits';
import { collides, judgeRecords } from '../../doctor/questions/records';
import { judgeRegions } from '../../doctor/questions/regions';
import { judgeStack } from '../../doctor/questions/stacks';
import { judgeZones, type ZonesJudged } from '../../doctor/questions/zones';
import { chooseZones } from '../../doctor/zones';

/** A text that has this in it; Jest types its own as any. */
const containing = (text: string): unknown => expect.stringContaining(text);
const matching = (form: RegExp): unknown => expect.stringMatching(form);

describe('credentials', () => {
  const identity = { account: '123456789012', arn: 'arn:aws:iam::123456789012:user/me' };

  test.each([undefined, '123456789012'])('of the account that is set (%s) are right', (expected) => {
    expect(judgeAccount(identity, expected).verdict).toBe('ok');
  });

  test('of another account are wrong', () => {
    expect(judgeAccount(identity, '210987654321')).toMatchObject({
      verdict: 'wrong',
      needed: '210987654321, as the setting account says',
    });
  });
});

test('regions that are not enabled are named, each with its command', () => {
  const states = new Map([
    ['us-east-1', 'opt-in-not-required'],
    ['me-south-1', 'not-opted-in'],
    ['ap-east-1', 'opted-in'],
  ]);
  expect(judgeRegions(['us-east-1', 'ap-east-1'], states)).toMatchObject([{ verdict: 'ok' }]);
  expect(judgeRegions(['us-east-1', 'me-south-1'], states)).toMatchObject([
    { found: 'me-south-1 is not enabled', mend: 'aws account enable-region --region-name me-south-1' },
  ]);
});

describe('a bootstrap', () => {
  const good: Bootstrapped = {
    account: '123456789012',
    region: 'eu-west-1',
    version: 30,
    neededVersion: 6,
    bucket: 'assets',
    key: { customer: undefined },
    ownKeys: [],
  };
  const customer = 'arn:aws:kms:eu-west-1:123456789012:key/1234';
  const bootstrap = 'npx cdk bootstrap aws://123456789012/eu-west-1';

  test('of a version that is new enough is right', () => {
    expect(judgeBootstrap(good)).toMatchObject([{ verdict: 'ok', found: containing('30') }]);
  });

  test.each([
    ['that is missing', undefined, 'not bootstrapped'],
    ['that is too old', 5, 'version 5'],
  ])('%s is mended by one command', (_, version, found) => {
    expect(judgeBootstrap({ ...good, version })).toMatchObject([
      { verdict: 'wrong', found, mend: bootstrap },
    ]);
  });

  test('whose bucket is gone has to be made anew, for it cannot be updated', () => {
    expect(judgeBootstrap({ ...good, key: undefined })).toMatchObject([
      { verdict: 'wrong', mend: matching(/^aws cloudformation delete-stack .*CDKToolkit/) },
    ]);
  });

  test('under a key that it has made itself lets servers in', () => {
    expect(judgeBootstrap({ ...good, key: { customer }, ownKeys: ['1234'] })).toMatchObject([
      { verdict: 'ok' },
    ]);
  });

  test('under another customer key is an open question, with the command that answers it', () => {
    expect(judgeBootstrap({ ...good, key: { customer } })).toMatchObject([
      { verdict: 'ok' },
      { verdict: 'unasked', mend: containing(`--key-id ${customer} --region eu-west-1`) },
    ]);
  });
});

describe('a stack', () => {
  const inState = (status: string | undefined, isProtected = false): DeployedStack => ({
    name: 's',
    status,
    protected: isProtected,
    live: new Set(),
  });
  const mended = (status: string, isProtected = false) => judgeStack(inState(status, isProtected), 'r').mend;

  test.each([
    undefined,
    'CREATE_COMPLETE',
    'UPDATE_COMPLETE',
    'UPDATE_ROLLBACK_COMPLETE',
    'IMPORT_COMPLETE',
    'REVIEW_IN_PROGRESS',
    // The CDK's command line deletes it by itself.
    'ROLLBACK_COMPLETE',
  ])('in state %s lets the next deployment begin', (status) => {
    expect(judgeStack(inState(status), 'r').verdict).toBe('ok');
  });

  test.each(['ROLLBACK_COMPLETE', 'ROLLBACK_FAILED', 'CREATE_FAILED'])(
    'in state %s that refuses to be deleted must be told otherwise',
    (status) => {
      expect(mended(status, true)).toBe(
        'aws cloudformation update-termination-protection --no-enable-termination-protection --stack-name s --region r',
      );
    },
  );

  test.each([
    ['ROLLBACK_FAILED', 'delete-stack'],
    ['CREATE_FAILED', 'delete-stack'],
    ['DELETE_FAILED', 'delete-stack'],
    ['UPDATE_ROLLBACK_FAILED', 'continue-update-rollback'],
    ['UPDATE_FAILED', 'rollback-stack'],
    ['CREATE_IN_PROGRESS', 'wait stack-create-complete'],
    ['UPDATE_IN_PROGRESS', 'wait stack-update-complete'],
    ['UPDATE_COMPLETE_CLEANUP_IN_PROGRESS', 'wait stack-update-complete'],
    ['UPDATE_ROLLBACK_IN_PROGRESS', 'wait stack-rollback-complete'],
    ['ROLLBACK_IN_PROGRESS', 'wait stack-rollback-complete'],
    ['DELETE_IN_PROGRESS', 'wait stack-delete-complete'],
  ])('in state %s is mended by %s', (status, command) => {
    expect(mended(status)).toBe(`aws cloudformation ${command} --stack-name s --region r`);
  });
});

describe('names', () => {
  const log = { type: 'AWS::Logs::LogGroup', name: '/aws/lambda/x', region: 'us-east-1' };

  test('that are free are listed', () => {
    expect(judgeNames([{ name: log, taken: false }])).toMatchObject([
      { verdict: 'ok', found: 'free: /aws/lambda/x' },
    ]);
  });

  test.each(Object.keys(NAMED))(
    'of type %s that are taken come with what deletes it, in its region',
    (type) => {
      const [judged] = judgeNames([{ name: { ...log, type }, taken: true }]);
      expect(judged?.verdict).toBe('wrong');
      expect(judged?.mend).toMatch(/^aws .*\/aws\/lambda\/x/);
      expect(judged?.mend).toContain('--region us-east-1');
    },
  );

  test('that could not be asked for are said, with the reason', () => {
    expect(judgeNames([{ name: log, taken: { why: 'no answer' } }])).toEqual([
      {
        verdict: 'unasked',
        found: 'could not be asked: whether a log group /aws/lambda/x is there: no answer',
      },
    ]);
  });
});

describe('zones', () => {
  const zone = (letter: string, id: string) => ({ name: `us-east-1${letter}`, id });
  const [a, b, c] = [zone('a', 'use1-az1'), zone('b', 'use1-az3'), zone('c', 'use1-az5')];
  const select = (place: number) => ({ 'Fn::Select': [place, { 'Fn::GetAZs': '' }] });

  test('are those that Fn::GetAZs lists first, by name', () => {
    expect(chooseZones([c, a, b], [], [select(0), select(1), select(0)]).chosen).toEqual([a, b]);
  });

  test('without a default subnet are not listed where another one has one', () => {
    expect(chooseZones([a, b, c], [b.name, c.name], [select(0), select(1)]).chosen).toEqual([b, c]);
  });

  test('are those that the subnets name, where they name any', () => {
    expect(chooseZones([a, b, c], [a.name, b.name], [a.name, c.name]).chosen).toEqual([a, c]);
  });

  const judged: ZonesJudged = {
    all: [a, b, c],
    chosen: [a, b],
    region: 'us-east-1',
    type: 't4g.small',
    offering: [a.name, b.name, c.name],
    natGateways: true,
  };

  test('that have the type are right', () => {
    expect(judgeZones(judged)).toMatchObject([{ verdict: 'ok' }]);
  });

  test('of which one lacks the type are wrong', () => {
    expect(judgeZones({ ...judged, offering: [a.name, c.name] })).toMatchObject([
      { verdict: 'wrong', found: 'us-east-1b (use1-az3) has no t4g.small' },
    ]);
  });

  test('that lack the type everywhere need another type', () => {
    expect(judgeZones({ ...judged, offering: [] })[0]?.mend).toMatch(/^set serverInstanceType/);
  });

  test.each([
    [true, 'wrong'],
    [false, 'ok'],
  ])('in Tokyo’s third are wrong for NAT gateways alone (%s: %s)', (natGateways, verdict) => {
    const tokyo = [
      { name: 'ap-northeast-1a', id: 'apne1-az3' },
      { name: 'ap-northeast-1c', id: 'apne1-az1' },
    ];
    const offering = tokyo.map(({ name }) => name);
    const [found] = judgeZones({ ...judged, all: tokyo, chosen: tokyo, offering, natGateways });
    expect(found?.verdict).toBe(verdict);
  });

  test('that are fewer than two are wrong', () => {
    expect(judgeZones({ ...judged, all: [a], chosen: [a] })).toMatchObject([
      { verdict: 'wrong', needed: 'two zones' },
    ]);
  });
});

describe('a limit', () => {
  const room = {
    allowed: 5,
    used: 3,
    needed: 2,
    purpose: 'two',
    raise: (value: number) => `ask for ${value}`,
  };

  test('is right up to the last one', () => {
    expect(judgeRoom(room)).toEqual({ verdict: 'ok', found: '5 allowed, 3 in use', needed: '2 more: two' });
  });

  test('that is too low is to be raised to what is used and what is needed', () => {
    expect(judgeRoom({ ...room, used: 4 })).toMatchObject({ verdict: 'wrong', mend: 'ask for 6' });
  });

  test('that is passed already blocks nothing where no more is needed', () => {
    expect(judgeRoom({ ...room, used: 6, needed: 0 }).verdict).toBe('ok');
  });
});

describe('vCPUs', () => {
  test.each([
    ['t4g.small', 'L-1216C47A'],
    ['m7gd.large', 'L-1216C47A'],
    ['im4gn.large', 'L-1216C47A'],
    ['is4gen.medium', 'L-1216C47A'],
    ['g5g.xlarge', 'L-DB2E81BA'],
    ['x2gd.medium', 'L-7295265B'],
    ['hpc7g.4xlarge', 'L-F7808C92'],
    ['p4d.24xlarge', undefined],
  ])('of %s count towards %s', (type, code) => {
    expect(vcpuQuota(type)).toBe(code);
  });

  test('of the deployment itself, and of other families, are not others’', () => {
    const servers = [
      { type: 'm5.xlarge', vcpus: 4, stack: undefined },
      { type: 't4g.small', vcpus: 2, stack: 'shop-app' },
      { type: 'c7g.large', vcpus: 2, stack: 'another' },
      { type: 'g5g.xlarge', vcpus: 4, stack: undefined },
    ];
    expect(vcpusOfOthers(servers, 'L-1216C47A', ['shop-app'])).toBe(6);
  });
});

describe('functions', () => {
  const limit = { region: 'us-east-1', allowed: 10, unreserved: 10, reserving: 0, running: 3 };

  test('of a new account suffice where none is reserved', () => {
    expect(judgeConcurrency(limit)).toMatchObject({ verdict: 'ok', needed: '3 at once' });
  });

  test('of a new account cannot be reserved', () => {
    expect(judgeConcurrency({ ...limit, reserving: 1 })).toMatchObject({
      verdict: 'wrong',
      needed: '11: 1 reserved, and 10 that may not be',
      mend: containing('--quota-code L-B99A9384 --desired-value 1000'),
    });
  });

  test.each([
    [101, 'ok'],
    [100, 'wrong'],
  ])('leave a hundred unreserved in an ordinary account (%i: %s)', (unreserved, verdict) => {
    expect(judgeConcurrency({ ...limit, allowed: 1000, unreserved, reserving: 1 }).verdict).toBe(verdict);
  });
});

describe('a database', () => {
  const wanted = { region: 'r', type: 't4g.micro', version: '18', zones: ['a', 'b'], standby: true };
  const sold = { version: '18.2', zones: ['a', 'b', 'c'], standby: true };

  test('that is sold in both zones can be ordered', () => {
    expect(judgeDatabase(wanted, [sold]).verdict).toBe('ok');
  });

  test.each([
    ['of another major version', { ...sold, version: '17.9' }, 'RDS does not sell PostgreSQL 18'],
    ['in one of the zones alone', { ...sold, zones: ['a', 'c'] }, 'RDS sells it in a, c alone'],
  ])('that is sold %s cannot', (_, other, found) => {
    expect(judgeDatabase(wanted, [other])).toMatchObject({
      verdict: 'wrong',
      found: containing(found),
    });
  });

  test('that is sold without a standby will do where none is needed', () => {
    const alone = { ...sold, standby: false };
    expect(judgeDatabase(wanted, [alone]).verdict).toBe('wrong');
    expect(judgeDatabase({ ...wanted, standby: false }, [alone]).verdict).toBe('ok');
  });
});

test('a cache’s type that ElastiCache does not list is an open question, not a ✗', () => {
  expect(judgeNodeType('t4g.micro', true).verdict).toBe('ok');
  expect(judgeNodeType('r7g.large', false).verdict).toBe('unasked');
});

describe('RabbitMQ', () => {
  const zones = [
    { name: 'eu-west-1a', id: 'euw1-az3' },
    { name: 'eu-west-1b', id: 'euw1-az1' },
  ];
  const wanted = {
    region: 'eu-west-1',
    type: 'mq.m7g.large',
    version: '4.2',
    deploymentMode: 'CLUSTER_MULTI_AZ',
    zones,
  };
  const option = {
    SupportedEngineVersions: ['3.13', '4.2'],
    SupportedDeploymentModes: ['SINGLE_INSTANCE' as const, 'CLUSTER_MULTI_AZ' as const],
    AvailabilityZones: [{ Name: 'eu-west-1a' }, { Name: 'eu-west-1b' }],
  };

  test.each([
    ['as it is wanted', option],
    ['with the patch in its version', { ...option, SupportedEngineVersions: ['4.2.1'] }],
    ['by the zones’ ids', { ...option, AvailabilityZones: [{ Name: 'euw1-az1' }, { Name: 'euw1-az3' }] }],
  ])('that Amazon MQ offers %s can be had', (_, one) => {
    expect(judgeRabbitMq(wanted, [one])).toEqual({
      verdict: 'ok',
      found: 'mq.m7g.large can be had',
      needed: 'RabbitMQ 4.2 on mq.m7g.large, CLUSTER_MULTI_AZ, in eu-west-1a and eu-west-1b',
    });
  });

  test.each([
    ['no such type', [], 'Amazon MQ does not offer RabbitMQ 4.2 on mq.m7g.large so here'],
    [
      'the type with other versions',
      [{ ...option, SupportedEngineVersions: ['3.13', '4.20'] }],
      'Amazon MQ does not offer RabbitMQ 4.2 on mq.m7g.large so here',
    ],
    [
      'the type alone and not in a cluster',
      [{ ...option, SupportedDeploymentModes: ['SINGLE_INSTANCE' as const] }],
      'Amazon MQ does not offer RabbitMQ 4.2 on mq.m7g.large so here',
    ],
    [
      'the type in one of the zones',
      [{ ...option, AvailabilityZones: [{ Name: 'eu-west-1c' }, { Name: 'eu-west-1b' }] }],
      'Amazon MQ offers mq.m7g.large in eu-west-1b, eu-west-1c alone',
    ],
  ])('cannot be had where Amazon MQ has %s', (_, options, found) => {
    expect(judgeRabbitMq(wanted, options)).toMatchObject({
      verdict: 'wrong',
      found,
      mend: containing('set rabbitmqInstanceType to one of: aws mq describe-broker-instance-options'),
    });
  });
});

describe('Kafka', () => {
  const wanted = {
    region: 'us-east-1',
    version: '3.9.x.kraft',
    zones: [
      { name: 'us-east-1a', id: 'use1-az1' },
      { name: 'us-east-1b', id: 'use1-az2' },
    ],
  };
  const versions = [
    { Version: '3.9.x', Status: 'ACTIVE' as const },
    { Version: '3.9.x.kraft', Status: 'ACTIVE' as const },
  ];

  test('of a version that MSK makes clusters of can be had', () => {
    expect(judgeKafka(wanted, versions)).toEqual([
      {
        verdict: 'ok',
        found: 'Kafka 3.9.x.kraft can be had',
        needed: 'Kafka 3.9.x.kraft in us-east-1a and us-east-1b',
      },
    ]);
  });

  test.each([
    ['does not know', [{ Version: '3.9.x', Status: 'ACTIVE' as const }]],
    ['makes no more', [{ Version: '3.9.x.kraft', Status: 'DEPRECATED' as const }]],
  ])('of a version that MSK %s cannot', (_, others) => {
    expect(judgeKafka(wanted, others)).toMatchObject([
      {
        verdict: 'wrong',
        found: 'MSK makes no new clusters of Kafka 3.9.x.kraft here',
        mend: containing('aws kafka list-kafka-versions --region us-east-1'),
      },
    ]);
  });

  test('cannot be had in the zone of Virginia that MSK leaves out', () => {
    const zones = [{ name: 'us-east-1a', id: 'use1-az3' }];
    expect(judgeKafka({ ...wanted, zones }, versions)).toMatchObject([
      { verdict: 'ok' },
      {
        verdict: 'wrong',
        found: 'us-east-1a (use1-az3) has no brokers of MSK',
        mend: containing('set zones'),
      },
    ]);
  });
});

describe('a hosted zone', () => {
  const domain = { name: 'links.example.com', hostedZoneId: 'Z1' };
  const zone = { name: 'example.com', private: false, nameServers: ['ns-1.aws.org', 'ns-2.aws.com'] };

  test.each(['example.com', 'links.example.com'])('%s holds links.example.com', (name) => {
    expect(judgeHostedZone(domain, { ...zone, name }).verdict).toBe('ok');
  });

  test.each([
    ['that is not there', undefined, 'Z1 is not there'],
    ['that is private', { ...zone, private: true }, 'Z1 is private'],
    ['of another domain', { ...zone, name: 'example.org' }, 'Z1 is example.org'],
    ['of a domain that only ends alike', { ...zone, name: 'ample.com' }, 'Z1 is ample.com'],
  ])('%s is wrong', (_, other, found) => {
    expect(judgeHostedZone(domain, other)).toMatchObject({ verdict: 'wrong', found });
  });

  test('is delegated where DNS names its servers, in any order and spelling', () => {
    expect(judgeDelegation(zone, ['NS-2.aws.com.', 'ns-1.aws.org']).verdict).toBe('ok');
  });

  test.each([
    ['no servers', [], 'DNS knows no name servers of example.com'],
    ['another’s servers', ['ns1.other.net'], 'DNS names ns1.other.net'],
    [
      'one of another’s among them',
      ['ns-1.aws.org', 'ns1.other.net'],
      'DNS names ns-1.aws.org, ns1.other.net',
    ],
  ])('is not where DNS names %s', (_, asked, found) => {
    expect(judgeDelegation(zone, asked)).toMatchObject({
      verdict: 'wrong',
      found,
      needed: containing('ns-1.aws.org, ns-2.aws.com, where example.com is registered'),
      mend: containing('Name=ns-1.aws.org Name=ns-2.aws.com'),
    });
  });
});

describe('records', () => {
  const record = (type: string, setIdentifier?: string, name = 'links.example.com') => ({
    name,
    type,
    setIdentifier,
  });

  test.each([
    ['A', undefined, 'A', undefined, true],
    ['A', undefined, 'AAAA', undefined, false],
    ['A', undefined, 'NS', undefined, false],
    ['A', undefined, 'CNAME', undefined, true],
    ['CNAME', 'us-east-1', 'TXT', undefined, true],
    ['CNAME', 'us-east-1', 'CNAME', 'eu-west-1', false],
    ['CNAME', 'us-east-1', 'CNAME', 'us-east-1', true],
    ['CNAME', 'us-east-1', 'CNAME', undefined, true],
  ])('%s (%s) beside %s (%s) collides: %s', (type, set, otherType, otherSet, expected) => {
    expect(collides(record(type, set), record(otherType, otherSet))).toBe(expected);
  });

  test('of other names never collide', () => {
    expect(collides(record('A'), record('A', undefined, 'www.example.com'))).toBe(false);
  });

  const address = {
    Name: 'links.example.com.',
    Type: 'A' as const,
    TTL: 60,
    ResourceRecords: [{ Value: '192.0.2.7' }],
  };
  const there = { ...record('A'), whole: address };

  test('that are the deployment’s own do not collide', () => {
    expect(judgeRecords('Z1', [record('CNAME')], [record('A')], [there])).toMatchObject([{ verdict: 'ok' }]);
  });

  test('in the way come with the one command that deletes just them', () => {
    const [judged] = judgeRecords('Z1', [record('A')], [], [there]);
    const [, batch = ''] = /--change-batch '(.*)'$/.exec(judged?.mend ?? '') ?? [];
    expect(JSON.parse(batch)).toEqual({ Changes: [{ Action: 'DELETE', ResourceRecordSet: address }] });
  });
});

describe('CloudFront', () => {
  test('is open to an account that has a distribution, and to any other only AWS knows', () => {
    expect(judgeVerification([{ id: 'E1', aliases: [] }]).verdict).toBe('ok');
    expect(judgeVerification([]).verdict).toBe('unasked');
  });

  test('answers for a domain once only', () => {
    const others = [{ id: 'E1', aliases: ['links.example.com', 'www.example.com'] }];
    expect(judgeAliases(['links.example.com'], others)).toMatchObject([
      { verdict: 'wrong', found: 'distribution E1 answers for links.example.com' },
    ]);
    expect(judgeAliases([], others)).toEqual([]);
  });
});
