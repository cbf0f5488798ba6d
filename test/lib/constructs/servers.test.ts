import { Duration } from 'aws-cdk-lib';
import { Match } from 'aws-cdk-lib/assertions';
import { SecurityGroup } from 'aws-cdk-lib/aws-ec2';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import { Servers, type ServersProps } from '../../../lib/constructs/compute/servers';
import { LoadBalancer } from '../../../lib/constructs/edge/load-balancer';
import { inStack, surroundings } from './in-stack';

function servers(props: Partial<ServersProps> = {}, balanced = false): ReturnType<typeof inStack> {
  return inStack((stack) => {
    const { vpc } = surroundings(stack);
    const loadBalancer = balanced
      ? new LoadBalancer(stack, 'LoadBalancer', {
          vpc,
          subnets: vpc.publicSubnets,
          serverPort: 8080,
          accessLogs: Bucket.fromBucketName(stack, 'Logs', 'logs'),
          certificate: undefined,
          public: true,
        })
      : undefined;
    new Servers(stack, 'Servers', {
      vpc,
      subnets: vpc.publicSubnets.slice(0, 1),
      securityGroup: SecurityGroup.fromSecurityGroupId(stack, 'ServerGroup', 'sg-1'),
      instanceType: 't4g.small',
      minCapacity: 1,
      maxCapacity: 1,
      publicAddresses: true,
      bundleUrl: 's3://bucket/key.zip',
      metricNamespace: 'ZeroToMillion/shop',
      application: { PORT: '80' },
      connections: [],
      targetGroup: loadBalancer?.targetGroup,
      bootTimeout: Duration.minutes(30),
      databasePath: undefined,
      ...props,
    });
  });
}

/** A server's user data as text; what only a deployment knows stands in it as JSON. */
function userData(template: ReturnType<typeof inStack>): string {
  return JSON.stringify(template.findResources('AWS::EC2::LaunchTemplate')).replaceAll(String.raw`\n`, '\n');
}

describe('a server', () => {
  it('answers IMDSv2 only, on the machine itself', () => {
    servers().hasResourceProperties('AWS::EC2::LaunchTemplate', {
      LaunchTemplateData: { MetadataOptions: { HttpTokens: 'required', HttpPutResponseHopLimit: 1 } },
    });
  });

  it('has an arm64 image for its arm64 processor, found when it is deployed', () => {
    const template = servers();
    template.hasParameter('*', {
      Type: 'AWS::SSM::Parameter::Value<AWS::EC2::Image::Id>',
      Default: Match.stringLikeRegexp('al2023-ami.*arm64$'),
    });
    template.hasResourceProperties('AWS::EC2::LaunchTemplate', {
      LaunchTemplateData: { InstanceType: 't4g.small' },
    });
  });

  it('has an encrypted disk that goes with it, and no key for SSH', () => {
    servers().hasResourceProperties('AWS::EC2::LaunchTemplate', {
      LaunchTemplateData: {
        BlockDeviceMappings: [
          Match.objectLike({
            Ebs: Match.objectLike({ Encrypted: true, DeleteOnTermination: true, VolumeType: 'gp3' }),
          }),
        ],
        KeyName: Match.absent(),
      },
    });
  });

  it('is told every setting of the boot script, empty ones too', () => {
    const told = userData(servers());
    expect(
      [
        'STACK_NAME=Stack',
        'AWS_REGION=us-east-1',
        'DATABASE_ON_SERVER=false',
        'DATA_VOLUME_ID=',
        'CERTIFICATE_ARN=',
      ].filter((line) => !told.includes(line)),
    ).toEqual([]);
  });

  it('signals for the very group that waits for it', () => {
    const template = servers();
    const [group] = Object.keys(template.findResources('AWS::AutoScaling::AutoScalingGroup'));
    expect(userData(template)).toContain(`SIGNAL_RESOURCE=${group ?? 'none'}\n`);
  });

  it('is told what its connections tell, and allowed what they allow', () => {
    const template = servers({
      connections: [
        {
          server: { LOG_GROUP: 'the-log' },
          application: { DATABASE_URL: 'postgresql://there' },
          grant: (role) => {
            role.allow({ actions: ['s3:GetObject'], resources: ['arn:aws:s3:::there/it'] });
          },
        },
      ],
    });
    expect(
      ['LOG_GROUP=the-log', 'DATABASE_URL=postgresql://there'].filter((l) => !userData(template).includes(l)),
    ).toEqual([]);
    template.hasResourceProperties('AWS::IAM::Policy', {
      PolicyDocument: {
        Statement: Match.arrayWith([
          Match.objectLike({ Action: 's3:GetObject', Resource: 'arn:aws:s3:::there/it' }),
        ]),
      },
    });
  });

  it('may act on instances only where they carry the servers’ tag, which it carries itself', () => {
    const template = servers({
      connections: [
        {
          grant: (role) => {
            role.allowOnServers('ec2:TerminateInstances');
          },
        },
      ],
    });
    template.hasResourceProperties('AWS::IAM::Policy', {
      PolicyDocument: {
        Statement: Match.arrayWith([
          Match.objectLike({
            Action: 'ec2:TerminateInstances',
            Condition: { StringEquals: { 'aws:ResourceTag/zero-to-million:servers': 'Stack' } },
          }),
        ]),
      },
    });
    template.hasResourceProperties('AWS::EC2::LaunchTemplate', {
      LaunchTemplateData: {
        TagSpecifications: Match.arrayWith([
          Match.objectLike({
            ResourceType: 'instance',
            Tags: Match.arrayWith([{ Key: 'zero-to-million:servers', Value: 'Stack' }]),
          }),
        ]),
      },
    });
  });

  it('boots only once it may do what it must', () => {
    servers().hasResource('AWS::AutoScaling::AutoScalingGroup', {
      DependsOn: Match.arrayWith([Match.stringLikeRegexp('RoleDefaultPolicy')]),
    });
  });
});

describe('the one server', () => {
  it('goes before the next one comes, so that the volume is free', () => {
    servers().hasResource('AWS::AutoScaling::AutoScalingGroup', {
      Properties: { MinSize: '1', MaxSize: '1' },
      UpdatePolicy: {
        AutoScalingRollingUpdate: Match.objectLike({ MinInstancesInService: 0, WaitOnResourceSignals: true }),
      },
    });
  });

  it('is not followed by a scaling policy', () => {
    servers().resourceCountIs('AWS::AutoScaling::ScalingPolicy', 0);
  });
});

describe('many servers', () => {
  const template = servers(
    { minCapacity: 2, maxCapacity: 6, publicAddresses: false, bootTimeout: Duration.hours(1) },
    true,
  );

  it('come before old ones go', () => {
    template.hasResource('AWS::AutoScaling::AutoScalingGroup', {
      UpdatePolicy: {
        AutoScalingRollingUpdate: Match.objectLike({ MinInstancesInService: 2, PauseTime: 'PT1H' }),
      },
    });
  });

  it('are healthy when the load balancer says so', () => {
    template.hasResourceProperties('AWS::AutoScaling::AutoScalingGroup', {
      HealthCheckType: 'ELB',
      TargetGroupARNs: [Match.anyValue()],
    });
  });

  it('follow requests and CPU', () => {
    const followed = Object.values(template.findResources('AWS::AutoScaling::ScalingPolicy')).map(
      (policy) => /ALBRequestCountPerTarget|ASGAverageCPUUtilization/.exec(JSON.stringify(policy))?.[0],
    );
    expect(followed.sort()).toStrictEqual(['ALBRequestCountPerTarget', 'ASGAverageCPUUtilization']);
  });

  it('have no public address', () => {
    template.hasResourceProperties('AWS::EC2::LaunchTemplate', {
      LaunchTemplateData: { NetworkInterfaces: [Match.objectLike({ AssociatePublicIpAddress: false })] },
    });
  });

  it('of a fixed number still leave room to deploy in', () => {
    servers({ minCapacity: 3, maxCapacity: 3 }, true).hasResource('AWS::AutoScaling::AutoScalingGroup', {
      UpdatePolicy: { AutoScalingRollingUpdate: Match.objectLike({ MinInstancesInService: 2 }) },
    });
  });
});
