import { Match } from 'aws-cdk-lib/assertions';
import { SecurityGroup } from 'aws-cdk-lib/aws-ec2';
import fc from 'fast-check';
import { WORKER_SETTING_NAMES } from '../../../contract/click-worker';
import { Alarms } from '../../../lib/constructs/alarms';
import { ClickQueue, clickQueueIn } from '../../../lib/constructs/async/click-queue';
import { ClickWorker } from '../../../lib/constructs/async/click-worker';
import { applyFunctionDefaults } from '../../../lib/constructs/function-defaults';
import { Network } from '../../../lib/constructs/network';
import type { Protection } from '../../../lib/constructs/protection';
import { REGIONS } from '../../../lib/regions';
import { resolved } from '../../support/application';
import { at, list } from '../../support/cloud-assembly';
import { inStack, PRODUCTION, SANDBOX, surroundings, written } from './in-stack';

const SECRET = 'arn:aws:secretsmanager:us-east-1:123456789012:secret:password-AbCdEf';

/** A worker whose data center has others in those regions beside it. */
function worker(
  otherRegions: readonly string[] = [],
  protection: Protection = PRODUCTION,
): ReturnType<typeof inStack> {
  return inStack((stack) => {
    const { key } = surroundings(stack);
    const network = new Network(stack, 'Network', {
      cidr: '10.0.0.0/16',
      natGateways: 1,
      secretsManagerEndpoint: false,
      key,
      protection,
    });
    const clickWorker = new ClickWorker(stack, 'ClickWorker', {
      vpc: network.vpc,
      subnets: network.appSubnets,
      securityGroup: SecurityGroup.fromSecurityGroupId(stack, 'SecurityGroup', 'sg-1'),
      queue: new ClickQueue(stack, 'ClickQueue', { deployment: 'shop', protection }).queue,
      peers: otherRegions.map((region) => clickQueueIn(region, 'shop')),
      databaseUrl: 'postgresql://db:5432/app?sslmode=verify-full',
      databaseReplicaUrls: ['postgresql://replica-1/app', 'postgresql://replica-2/app'],
      databaseSecretArn: SECRET,
      markUrls: otherRegions.map((region) => `https://links.example.com/promoted-mark/${region}`),
      key,
      protection,
    });
    new Alarms(stack, 'Alarms', { deployment: 'shop', key, email: undefined }).addAll(
      clickWorker,
      clickWorker.alarms,
    );
    applyFunctionDefaults(stack, { key, protection });
  });
}

const alone = worker();
const between = worker(['eu-west-1', 'ap-northeast-1']);

const expectFunction = (properties: Record<string, unknown>) => {
  alone.hasResourceProperties('AWS::Lambda::Function', { Description: 'Counts clicks', ...properties });
};

function found(template: ReturnType<typeof inStack>, type: string): readonly unknown[] {
  return Object.values(template.findResources(type));
}

/** What the worker's own policy allows: action and resource, a line each, as an account reads them. */
function allowed(template: ReturnType<typeof inStack>): readonly string[] {
  const policies = Object.entries(template.findResources('AWS::IAM::Policy')).filter(([id]) =>
    id.startsWith('ClickWorker'),
  );
  return policies
    .flatMap(([, policy]) => list(at(policy, 'Properties.PolicyDocument.Statement')))
    .flatMap((statement) =>
      list(at(statement, 'Action')).flatMap((action) =>
        list(at(statement, 'Resource')).map(
          (resource) => `${String(action)} ${written(resource).replace(/[0-9A-F]{8}(?=\.|>)/, '')}`,
        ),
      ),
    )
    .sort();
}

const READS = [
  'sqs:ChangeMessageVisibility',
  'sqs:DeleteMessage',
  'sqs:GetQueueAttributes',
  'sqs:GetQueueUrl',
  'sqs:ReceiveMessage',
].map((action) => `${action} <ClickQueue.Arn>`);

describe('the click worker', () => {
  it('runs on Graviton and Node 24', () => {
    expectFunction({ Architectures: ['arm64'], Runtime: 'nodejs24.x' });
  });

  it('stands in the private subnets of both zones, and wears what the database admits', () => {
    expectFunction({
      VpcConfig: {
        SubnetIds: [
          { Ref: Match.stringLikeRegexp('AppSubnet1') },
          { Ref: Match.stringLikeRegexp('AppSubnet2') },
        ],
        SecurityGroupIds: ['sg-1'],
      },
    });
  });

  it('is told of its database without a password, and of the secret that has it', () => {
    expectFunction({
      Environment: {
        Variables: Match.objectLike({
          DATABASE_URL: 'postgresql://db:5432/app?sslmode=verify-full',
          DATABASE_SECRET_ARN: SECRET,
          CLICK_QUEUE_URL: { Ref: Match.stringLikeRegexp('^ClickQueue(?!DeadLetters)') },
          NODE_EXTRA_CA_CERTS: '/var/runtime/ca-cert.pem',
        }),
      },
    });
  });

  it('is told nothing that it does not know, beside what Node reads', () => {
    const told = [alone, between].flatMap((template) =>
      found(template, 'AWS::Lambda::Function').flatMap((made) =>
        Object.keys(at(made, 'Properties.Environment.Variables') ?? {}),
      ),
    );
    const known: readonly string[] = [...WORKER_SETTING_NAMES, 'NODE_EXTRA_CA_CERTS'];
    expect(told.filter((name) => !known.includes(name))).toEqual([]);
  });

  it('is told of no other queue where there is one data center', () => {
    expectFunction({ Environment: { Variables: { PEER_QUEUE_URLS: Match.absent() } } });
  });

  it('is told of the other data centers’ queues in the order of the ring', () => {
    const told = found(between, 'AWS::Lambda::Function').flatMap((made) =>
      list(at(made, 'Properties.Environment.Variables.PEER_QUEUE_URLS')).map(written),
    );
    expect(told).toEqual([
      'https://sqs.eu-west-1.amazonaws.com/123456789012/shop-clicks,https://sqs.ap-northeast-1.amazonaws.com/123456789012/shop-clicks',
    ]);
  });

  it('logs into a group of the stack’s, under the data center’s key', () => {
    expectFunction({
      LoggingConfig: { LogGroup: { Ref: Match.stringLikeRegexp('^ClickWorkerFunctionLogs') } },
    });
    const logs = Object.entries(alone.findResources('AWS::Logs::LogGroup')).filter(([id]) =>
      id.startsWith('ClickWorkerFunctionLogs'),
    );
    expect(logs.map(([, group]) => group)).toEqual([
      expect.objectContaining({
        DeletionPolicy: 'RetainExceptOnCreate',
        Properties: {
          RetentionInDays: 90,
          KmsKeyId: { 'Fn::GetAtt': [expect.stringMatching(/^AKey/), 'Arn'] },
        },
      }),
    ]);
  });

  it('takes its log with it in a sandbox', () => {
    const logs = Object.entries(worker([], SANDBOX).findResources('AWS::Logs::LogGroup')).filter(([id]) =>
      id.startsWith('ClickWorker'),
    );
    expect(logs.map(([, group]) => at(group, 'DeletionPolicy'))).toEqual(['Delete']);
  });
});

describe('the click worker’s queue', () => {
  it('hides a message for six times as long as the worker may run at least', () => {
    const [queue] = found(alone, 'AWS::SQS::Queue')
      .map((made) => at(made, 'Properties.VisibilityTimeout'))
      .filter((seconds) => seconds !== undefined);
    const [timeout] = found(alone, 'AWS::Lambda::Function').map((made) => at(made, 'Properties.Timeout'));
    expect(queue).toBeGreaterThanOrEqual(6 * Number(timeout));
  });

  it('hears which messages were not counted, so their neighbors do not come back', () => {
    alone.hasResourceProperties('AWS::Lambda::EventSourceMapping', {
      EventSourceArn: { 'Fn::GetAtt': [Match.stringLikeRegexp('^ClickQueue(?!DeadLetters)'), 'Arn'] },
      FunctionResponseTypes: ['ReportBatchItemFailures'],
    });
  });

  it('runs two workers at once, so they cannot drown the database', () => {
    alone.hasResourceProperties('AWS::Lambda::EventSourceMapping', {
      ScalingConfig: { MaximumConcurrency: 2 },
    });
  });

  it('gives a worker a hundred messages, or what has come within a second', () => {
    alone.hasResourceProperties('AWS::Lambda::EventSourceMapping', {
      BatchSize: 100,
      MaximumBatchingWindowInSeconds: 1,
    });
  });
});

describe('the click worker may', () => {
  it('read its own queue and send on into it, read the one secret, write its log, and nothing else', () => {
    expect(allowed(alone)).toEqual(
      [
        ...READS,
        'sqs:SendMessage <ClickQueue.Arn>',
        `secretsmanager:GetSecretValue ${SECRET}`,
        'kms:Decrypt <AKey.Arn>',
        'logs:CreateLogStream <ClickWorkerFunctionLogs.Arn>',
        'logs:PutLogEvents <ClickWorkerFunctionLogs.Arn>',
      ].sort(),
    );
  });

  it('decrypt for Secrets Manager alone', () => {
    alone.hasResourceProperties('AWS::IAM::Policy', {
      PolicyDocument: {
        Statement: Match.arrayWith([
          Match.objectLike({
            Action: 'kms:Decrypt',
            Condition: { StringEquals: { 'kms:ViaService': 'secretsmanager.us-east-1.amazonaws.com' } },
          }),
        ]),
      },
    });
  });

  it('send to exactly those other queues that it is told of, and read none of them', () => {
    const others = fc.uniqueArray(fc.constantFrom(...REGIONS.filter((region) => region !== 'us-east-1')), {
      minLength: 1,
      maxLength: 4,
    });
    fc.assert(
      fc.property(others, (regions) => {
        const arns = regions.map((region) => arnIn(region));
        expect(allowed(worker(regions)).filter((line) => line.includes(':shop-clicks'))).toEqual(
          arns.map((arn) => `sqs:SendMessage ${arn}`).sort(),
        );
      }),
      { numRuns: 5 },
    );
  });

  it('carry no policy of AWS’s but for its place in the network', () => {
    const carried = Object.entries(alone.findResources('AWS::IAM::Role'))
      .filter(([id]) => id.startsWith('ClickWorker'))
      .flatMap(([, role]) => list(at(role, 'Properties.ManagedPolicyArns')).map(written));
    expect(carried).toEqual(['arn:aws:iam::aws:policy/service-role/AWSLambdaVPCAccessExecutionRole']);
  });
});

/** ARN of the click queue of that region. */
function arnIn(region: string): string {
  return written(resolved(clickQueueIn(region, 'shop').arn));
}

describe('an alarm of the click worker', () => {
  it.each([
    ['fails in each of five minutes', 'Errors', 5, 'click-worker-errors'],
    ['is throttled for a quarter of an hour', 'Throttles', 15, 'click-worker-throttles'],
  ])('goes off when it %s, and tells the topic and what to read', (_, metric, minutes, runbook) => {
    const topic = [{ Ref: Match.stringLikeRegexp('^AlarmsTopic') }];
    alone.hasResourceProperties('AWS::CloudWatch::Alarm', {
      Namespace: 'AWS/Lambda',
      MetricName: metric,
      Dimensions: [{ Name: 'FunctionName', Value: { Ref: Match.stringLikeRegexp('^ClickWorker') } }],
      Statistic: 'Sum',
      Period: 60,
      EvaluationPeriods: minutes,
      Threshold: 0,
      ComparisonOperator: 'GreaterThanThreshold',
      TreatMissingData: 'notBreaching',
      AlarmDescription: Match.stringLikeRegexp(`First: .* More: docs/runbook\\.md#${runbook}$`),
      AlarmActions: topic,
      OKActions: topic,
    });
  });

  it('is one of two', () => {
    alone.resourceCountIs('AWS::CloudWatch::Alarm', 2);
  });
});
