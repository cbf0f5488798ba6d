/** One construct alone, in a network that is there already: `npx cdk synth --app 'npx tsx examples/cache-alone.ts'`. */
import { App, CfnOutput, Stack } from 'aws-cdk-lib';
import { SecurityGroup, Subnet, Vpc } from 'aws-cdk-lib/aws-ec2';
import { Cache, keptData } from '../lib'; // in a project of your own: from 'zero-to-million'

const stack = new Stack(new App(), 'Sessions');
const vpc = Vpc.fromVpcAttributes(stack, 'Vpc', { vpcId: 'vpc-01234567', availabilityZones: ['a', 'b'] });
const subnets = ['subnet-01234567', 'subnet-89abcdef'].map((id) => Subnet.fromSubnetId(stack, id, id));
const servers = SecurityGroup.fromSecurityGroupId(stack, 'Servers', 'sg-0123456789abcdef0');
const cache = new Cache(stack, 'Cache', { vpc, subnets, servers, ...keptData(stack), nodeType: 't4g.small' });
new CfnOutput(stack, 'CacheUrl', { value: cache.connection.application?.CACHE_URL ?? '' });
