/** One construct alone, in a network that is there already: `npx cdk synth --app 'npx tsx examples/cache-alone.ts'`. */
import { App, CfnOutput, Stack } from 'aws-cdk-lib';
import { SecurityGroup, SubnetType, Vpc } from 'aws-cdk-lib/aws-ec2';
import { Cache, encryptionKey, protectionOf } from '../lib'; // in a project of your own: from 'zero-to-million'

const stack = new Stack(new App(), 'Sessions', { env: { region: 'eu-west-1' } });
const vpc = Vpc.fromVpcAttributes(stack, 'Vpc', {
  vpcId: 'vpc-0123456789abcdef0',
  availabilityZones: ['eu-west-1a', 'eu-west-1b'],
  isolatedSubnetIds: ['subnet-0123456789abcdef0', 'subnet-0fedcba9876543210'],
});
const protection = protectionOf(true);
const cache = new Cache(stack, 'Cache', {
  vpc,
  subnets: vpc.selectSubnets({ subnetType: SubnetType.PRIVATE_ISOLATED }).subnets,
  servers: SecurityGroup.fromSecurityGroupId(stack, 'Servers', 'sg-0123456789abcdef0'),
  nodeType: 't4g.small',
  key: encryptionKey(stack, 'Key', { protection }),
  protection,
});
new CfnOutput(stack, 'CacheUrl', { value: cache.connection.application?.CACHE_URL ?? '' });
