import { Match, type Template } from 'aws-cdk-lib/assertions';
import { SecurityGroup } from 'aws-cdk-lib/aws-ec2';
import { Alarms } from '../../../lib/constructs/alarms';
import { RabbitMq } from '../../../lib/constructs/async/rabbitmq';
import { ServerRole } from '../../../lib/constructs/compute/server-role';
import type { Protection } from '../../../lib/constructs/protection';
import { at, list } from '../../support/cloud-assembly';
import { inStack, PRODUCTION, SANDBOX, surroundings, written } from './in-stack';

let told: unknown;

function made(protection: Protection): Template {
  return inStack((stack) => {
    const { key, vpc } = surroundings(stack);
    const rabbitMq = new RabbitMq(stack, 'RabbitMq', {
      vpc,
      subnets: vpc.isolatedSubnets,
      servers: new SecurityGroup(stack, 'Servers', { vpc }),
      instanceType: 'm7g.large',
      key,
      protection,
    });
    const role = new ServerRole(stack, 'Role', { tag: { key: 'k', value: 'v' }, metricNamespace: 'm' });
    rabbitMq.connection.grant(role);
    rabbitMq.workers.grant(role);
    told = stack.resolve({ ...rabbitMq.connection.application, ...rabbitMq.workers.server });
    new Alarms(stack, 'Alarms', { deployment: 'shop', key, email: undefined }).addAll(stack, rabbitMq.alarms);
  });
}

const production = made(PRODUCTION);
const sandbox = made(SANDBOX);

const broker = (template: Template) => Object.values(template.findResources('AWS::AmazonMQ::Broker'))[0];
const PASSWORD = Match.stringLikeRegexp('^RabbitMqPassword');

describe('RabbitMQ', () => {
  it('has three nodes in production, behind an endpoint in each zone', () => {
    production.hasResourceProperties('AWS::AmazonMQ::Broker', {
      EngineType: 'RABBITMQ',
      DeploymentMode: 'CLUSTER_MULTI_AZ',
      HostInstanceType: 'mq.m7g.large',
      SubnetIds: [Match.anyValue(), Match.anyValue()],
    });
  });

  it('has one node in a sandbox, which takes one subnet', () => {
    sandbox.hasResourceProperties('AWS::AmazonMQ::Broker', {
      DeploymentMode: 'SINGLE_INSTANCE',
      SubnetIds: [Match.anyValue()],
    });
  });

  it('is kept with its password in production, and goes with a sandbox', () => {
    const policies = [production, sandbox].map((template) =>
      ['AWS::AmazonMQ::Broker', 'AWS::SecretsManager::Secret'].map((type) =>
        Object.values(template.findResources(type)).map((one) => at(one, 'DeletionPolicy')),
      ),
    );
    expect(policies).toEqual([
      [['RetainExceptOnCreate'], ['RetainExceptOnCreate']],
      [['Delete'], ['Delete']],
    ]);
  });

  it('is reached by servers alone, over TLS, and its console by nobody', () => {
    production.hasResourceProperties('AWS::AmazonMQ::Broker', { PubliclyAccessible: false });
    const rules = Object.values(production.findResources('AWS::EC2::SecurityGroupIngress'));
    expect(rules.map((rule) => [at(rule, 'Properties.FromPort'), at(rule, 'Properties.ToPort')])).toEqual([
      [5671, 5671],
    ]);
  });

  it('takes patches by itself, on Sunday night', () => {
    production.hasResourceProperties('AWS::AmazonMQ::Broker', {
      AutoMinorVersionUpgrade: true,
      MaintenanceWindowStartTime: { DayOfWeek: 'SUNDAY', TimeOfDay: '04:00', TimeZone: 'UTC' },
    });
  });

  it('has a password that no template shows', () => {
    const [user] = list(at(broker(production), 'Properties.Users'));
    expect(at(user, 'Username')).toBe('app');
    expect(JSON.stringify(at(user, 'Password'))).toMatch(
      /\{\{resolve:secretsmanager:.*SecretString:password::\}\}/,
    );
    production.hasResourceProperties('AWS::SecretsManager::Secret', {
      KmsKeyId: Match.anyValue(),
      GenerateSecretString: { SecretStringTemplate: '{"username":"app"}', ExcludePunctuation: true },
    });
  });

  it('tells servers and their workers where it is, and who they are', () => {
    expect(['CLICK_QUEUE_URL', 'RABBITMQ_URL'].map((name) => JSON.stringify(at(told, name)))).toEqual(
      Array(2).fill(expect.stringMatching(/"RabbitMq\w+","AmqpEndpoints"/)),
    );
    expect(['CLICK_QUEUE_SECRET_ARN', 'RABBITMQ_SECRET_ARN'].map((name) => written(at(told, name)))).toEqual(
      Array(2).fill(expect.stringMatching(/^<RabbitMqPassword\w+>$/)),
    );
  });

  it('lets them read its password, and nothing else', () => {
    const [policy] = Object.values(production.findResources('AWS::IAM::Policy'));
    const statements = list(at(policy, 'Properties.PolicyDocument.Statement')).map((statement) =>
      at(statement, 'Action'),
    );
    expect(statements.filter((action) => /secret|kms|mq/.test(JSON.stringify(action)))).toEqual([
      'secretsmanager:GetSecretValue',
      'kms:Decrypt',
    ]);
    production.hasResourceProperties('AWS::IAM::Policy', {
      PolicyDocument: {
        Statement: Match.arrayWith([
          Match.objectLike({ Action: 'secretsmanager:GetSecretValue', Resource: { Ref: PASSWORD } }),
        ]),
      },
    });
  });

  it.each([
    ['in production', production, '90', false],
    ['in a sandbox', sandbox, '7', true],
  ] as const)('has a log that ends, though Amazon MQ makes it: %s', (_where, template, days, deleted) => {
    const [log] = Object.values(template.findResources('Custom::BrokerLog'));
    const [create, remove] = ['Properties.Create', 'Properties.Delete'].map((path) =>
      JSON.stringify(at(log, path) ?? ''),
    );
    expect(create).toContain(`/aws/amazonmq/broker/`);
    expect(create).toContain(`retentionInDays\\":${days}`);
    expect(remove?.includes('deleteLogGroup')).toBe(deleted);
  });

  it('has an alarm for what waits, the lack of a worker, what was given up, and each watermark', () => {
    const alarms = Object.values(production.findResources('AWS::CloudWatch::Alarm')).map((alarm) => [
      list(at(alarm, 'Properties.Dimensions'))
        .map((dimension) => at(dimension, 'Value'))
        .filter((value) => typeof value === 'string'),
      list(at(alarm, 'Properties.Metrics'))
        .map((metric) => at(metric, 'Expression'))
        .filter((value) => value !== undefined),
      at(alarm, 'Properties.Threshold'),
    ]);
    expect(alarms).toEqual([
      [['clicks', '/'], [], 6000],
      [['clicks', '/'], [], 1],
      [['clicks-dead-letters', '/'], [], 0],
      [[], ['100 * used / limit'], 80],
      [[], ['free / least'], 2],
    ]);
  });
});
