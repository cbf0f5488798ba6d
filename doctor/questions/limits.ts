/** Limits that AWS sets an account: how much there may be, how much there is, how much more the rung needs. */
import {
  DescribeAddressesCommand,
  DescribeInstanceTypesCommand,
  DescribeSubnetsCommand,
  paginateDescribeInstances,
  paginateDescribeNatGateways,
  paginateDescribeVpcs,
} from '@aws-sdk/client-ec2';
import { paginateDescribeCacheClusters } from '@aws-sdk/client-elasticache';
import { paginateListClustersV2, paginateListConfigurations } from '@aws-sdk/client-kafka';
import { paginateListBrokers } from '@aws-sdk/client-mq';
import { DescribeAccountAttributesCommand } from '@aws-sdk/client-rds';
import { GetAWSDefaultServiceQuotaCommand, GetServiceQuotaCommand } from '@aws-sdk/client-service-quotas';
import type { Aws } from '../aws';
import { missing } from '../deployed';
import { type Finding, ok, wrong } from '../finding';
import { at, count } from '../json';
import { dataCenters, type Examination, type Question } from '../question';
import { unless } from '../unanswered';
import { ofType } from '../wanted';
import { KAFKA, KAFKA_CONFIGURATION, RABBITMQ } from './brokers';

/** A limit as Service Quotas knows it. Codes are the same in every account. */
interface Quota {
  readonly service: string;
  readonly code: string;
}

/** What there may be, what there is, and what is to come. */
export interface Room {
  readonly allowed: number;
  /** What is in use and stays so, in the limit's own unit. */
  readonly used: number;
  readonly needed: number;
  /** What is counted, where the question's title does not say it. @default - single things */
  readonly unit?: string;
  /** What it is needed for, such as "1 for a NAT gateway". */
  readonly purpose: string;
  /** The command by which more is asked for; it takes the number wanted. */
  readonly raise: (value: number) => string;
}

export function judgeRoom({ allowed, used, needed, unit, purpose, raise }: Room): Finding {
  const of = unit === undefined ? '' : ` ${unit}`;
  const found = `${allowed}${of} allowed, ${used} in use`;
  if (needed === 0) {
    return ok(found, 'no more');
  }
  const more = `${needed}${of} more: ${purpose}`;
  return allowed - used >= needed ? ok(found, more) : wrong(found, more, raise(used + needed));
}

/** The limit that holds here: raised for this account, or everybody's. */
export async function allowedBy(aws: Aws, region: string, { service, code }: Quota): Promise<number> {
  const asked = { ServiceCode: service, QuotaCode: code };
  const client = aws.quotas(region);
  const applied = await unless(client.send(new GetServiceQuotaCommand(asked)), 'NoSuchResourceException');
  const { Quota: quota } = applied ?? (await client.send(new GetAWSDefaultServiceQuotaCommand(asked)));
  if (quota?.Value === undefined) {
    throw new Error(`Service Quotas does not say how high ${service} ${code} is.`);
  }
  return quota.Value;
}

/** How more is asked of AWS; it answers in minutes to days. */
export function raising(region: string, { service, code }: Quota): (value: number) => string {
  return (value) =>
    `aws service-quotas request-service-quota-increase --service-code ${service} --quota-code ${code} --desired-value ${value} --region ${region}`;
}

/** A limit whose use is counted, and what is still to be made is read from the templates. */
interface Counted {
  readonly title: string;
  readonly quota: Quota;
  readonly applies: (examination: Examination) => boolean;
  readonly used: (examination: Examination, region: string) => Promise<number>;
  readonly needed: (
    examination: Examination,
    region: string,
  ) => Promise<{ readonly needed: number; readonly purpose: string }>;
}

const always = (): boolean => true;

/** Those that a rung of default sizes can meet. EC2's and VPC's defaults are 5 for all but the vCPUs of old accounts. */
const COUNTED: readonly Counted[] = [
  {
    title: 'networks',
    quota: { service: 'vpc', code: 'L-F678F1CE' },
    applies: always,
    used: async ({ aws }, region) =>
      total(paginateDescribeVpcs({ client: aws.ec2(region) }, {}), ({ Vpcs = [] }) => Vpcs.length),
    needed: (examination, region) => toBeMade(examination, region, 'AWS::EC2::VPC', 'the network'),
  },
  {
    title: 'fixed addresses',
    quota: { service: 'ec2', code: 'L-0263D0A3' },
    applies: always,
    used: async ({ aws }, region) => {
      const { Addresses = [] } = await aws.ec2(region).send(new DescribeAddressesCommand({}));
      return Addresses.length;
    },
    needed: (examination, region) =>
      toBeMade(examination, region, 'AWS::EC2::EIP', 'the server’s own and one for each NAT gateway'),
  },
  {
    title: 'NAT gateways in a zone',
    quota: { service: 'vpc', code: 'L-FE5A380F' },
    applies: ({ plan }) => plan.natGateways > 0,
    used: gatewaysInZone,
    needed: async (examination, region) => {
      const { needed, purpose } = await toBeMade(
        examination,
        region,
        'AWS::EC2::NatGateway',
        'the way out of private servers',
      );
      return { needed: Math.min(needed, 1), purpose };
    },
  },
  {
    title: 'cache nodes',
    quota: { service: 'elasticache', code: 'L-DFE45DF3' },
    applies: ({ plan }) => plan.cache,
    used: async ({ aws }, region) =>
      total(
        paginateDescribeCacheClusters({ client: aws.elastiCache(region) }, {}),
        ({ CacheClusters = [] }) => sum(CacheClusters.map(({ NumCacheNodes = 0 }) => NumCacheNodes)),
      ),
    needed: async ({ deployed, wanted }, region) => {
      const groups = missing(
        await deployed(region),
        ofType(wanted, region, 'AWS::ElastiCache::ReplicationGroup'),
      );
      const nodes = groups.map(
        ({ properties }) =>
          count(at(properties, 'NumCacheClusters')) ||
          Math.max(1, count(at(properties, 'NumNodeGroups'))) *
            (1 + count(at(properties, 'ReplicasPerNodeGroup'))),
      );
      return { needed: sum(nodes), purpose: 'the cache and its standby' };
    },
  },
  {
    title: 'brokers of Amazon MQ',
    quota: { service: 'mq', code: 'L-4D525FD5' },
    applies: ({ wanted }) => ofAnyRegion(wanted, RABBITMQ).length > 0,
    used: async ({ aws }, region) =>
      total(
        paginateListBrokers({ client: aws.mq(region) }, {}),
        ({ BrokerSummaries = [] }) => BrokerSummaries.length,
      ),
    // Three nodes are one broker.
    needed: (examination, region) => toBeMade(examination, region, RABBITMQ, 'RabbitMQ'),
  },
  {
    title: 'brokers of MSK',
    quota: { service: 'kafka', code: 'L-EDD31C36' },
    applies: ({ wanted }) => ofAnyRegion(wanted, KAFKA).length > 0,
    used: async ({ aws }, region) =>
      total(paginateListClustersV2({ client: aws.kafka(region) }, {}), ({ ClusterInfoList = [] }) =>
        sum(ClusterInfoList.map(({ Provisioned }) => Provisioned?.NumberOfBrokerNodes ?? 0)),
      ),
    needed: async ({ deployed, wanted }, region) => {
      const clusters = missing(await deployed(region), ofType(wanted, region, KAFKA));
      const nodes = clusters.map(({ properties }) => count(at(properties, 'NumberOfBrokerNodes')));
      return { needed: sum(nodes), purpose: 'Kafka' };
    },
  },
  {
    title: 'configurations of MSK',
    quota: { service: 'kafka', code: 'L-B2FDE22A' },
    applies: ({ wanted }) => ofAnyRegion(wanted, KAFKA_CONFIGURATION).length > 0,
    used: async ({ aws }, region) =>
      total(
        paginateListConfigurations({ client: aws.kafka(region) }, {}),
        ({ Configurations = [] }) => Configurations.length,
      ),
    needed: (examination, region) => toBeMade(examination, region, KAFKA_CONFIGURATION, 'what Kafka does'),
  },
];

const COUNTED_QUESTIONS = COUNTED.map(({ title, quota, applies, used, needed }): Question => ({
  title,
  places: (examination) => (applies(examination) ? dataCenters(examination) : []),
  answer: async (examination, region) => {
    const [allowed, inUse, more] = await Promise.all([
      allowedBy(examination.aws, region, quota),
      used(examination, region),
      needed(examination, region),
    ]);
    return [judgeRoom({ allowed, used: inUse, ...more, raise: raising(region, quota) })];
  },
}));

/** A type's family → the limit on vCPUs of such servers on demand. */
const VCPU_QUOTAS: readonly (readonly [family: RegExp, code: string])[] = [
  [/^(g|vt)\d/, 'L-DB2E81BA'],
  [/^x\d/, 'L-7295265B'],
  [/^hpc\d/, 'L-F7808C92'],
  // Running On-Demand Standard (A, C, D, H, I, M, R, T, Z) instances.
  [/^(a|c|d|h|i|im|is|m|r|t|z)\d/, 'L-1216C47A'],
];

/** The limit on vCPUs that a type counts towards; undefined where that is none of those that have Graviton processors. */
export function vcpuQuota(type: string): string | undefined {
  return VCPU_QUOTAS.find(([family]) => family.test(type))?.[1];
}

/** A server that runs, as it counts towards the limit. */
export interface RunningServer {
  readonly type: string;
  readonly vcpus: number;
  /** The stack that it belongs to; undefined where it is none's. */
  readonly stack: string | undefined;
}

/** The vCPUs that others use of a limit: the deployment's own servers are among those that are needed. */
export function vcpusOfOthers(
  servers: readonly RunningServer[],
  code: string,
  stacks: readonly string[],
): number {
  return sum(
    servers
      .filter(({ stack }) => stack === undefined || !stacks.includes(stack))
      .filter(({ type }) => vcpuQuota(type) === code)
      .map(({ vcpus }) => vcpus),
  );
}

const VCPUS: Question = {
  title: 'vCPUs',
  places: dataCenters,
  answer: async (examination, region) => {
    const { aws, plan, wanted } = examination;
    const type = plan.serverInstanceType;
    const { InstanceTypes = [] } = await aws
      .ec2(region)
      .send(new DescribeInstanceTypesCommand({ Filters: [{ Name: 'instance-type', Values: [type] }] }));
    const vcpus = InstanceTypes[0]?.VCpuInfo?.DefaultVCpus;
    if (vcpus === undefined) {
      return [wrong(`${region} has no ${type}`, 'a type that is there', otherServerTypes(region))];
    }
    const quota = { service: 'ec2', code: vcpuQuota(type) ?? 'L-1216C47A' };
    const [allowed, servers] = await Promise.all([allowedBy(aws, region, quota), running(aws, region)]);
    const used = vcpusOfOthers(
      servers,
      quota.code,
      wanted.stacks.map(({ name }) => name),
    );
    const most = plan.maxServers + 1;
    return [
      judgeRoom({
        allowed,
        used,
        needed: most * vcpus,
        purpose: `${most} × ${type} of ${vcpus}, which is maxServers and one more while servers are replaced`,
        raise: raising(region, quota),
      }),
    ];
  },
};

/** Where another type can be chosen. */
function otherServerTypes(region: string): string {
  return `set serverInstanceType to one of: aws ec2 describe-instance-types --filters Name=processor-info.supported-architecture,Values=arm64 --query 'InstanceTypes[].InstanceType' --region ${region}`;
}

/** CloudFormation's own tag, which an auto scaling group hands on to its servers. */
const STACK_TAG = 'aws:cloudformation:stack-name';

async function running(aws: Aws, region: string): Promise<readonly RunningServer[]> {
  const servers: RunningServer[] = [];
  const pages = paginateDescribeInstances(
    { client: aws.ec2(region) },
    { Filters: [{ Name: 'instance-state-name', Values: ['pending', 'running'] }] },
  );
  for await (const { Reservations = [] } of pages) {
    const instances = Reservations.flatMap(({ Instances = [] }) => Instances);
    servers.push(
      ...instances
        // Spot servers have a limit of their own.
        .filter(({ InstanceLifecycle }) => InstanceLifecycle !== 'spot')
        .map(({ InstanceType = '', CpuOptions, Tags = [] }) => ({
          type: InstanceType,
          vcpus: (CpuOptions?.CoreCount ?? 1) * (CpuOptions?.ThreadsPerCore ?? 1),
          stack: Tags.find(({ Key }) => Key === STACK_TAG)?.Value,
        })),
    );
  }
  return servers;
}

/** RDS says itself how much it allows and how much of it is used. */
const DATABASES: Question = {
  title: 'databases',
  places: (examination) => (examination.plan.database ? dataCenters(examination) : []),
  answer: async ({ aws, deployed, wanted }, region) => {
    const [{ AccountQuotas = [] }, there] = await Promise.all([
      aws.rds(region).send(new DescribeAccountAttributesCommand({})),
      deployed(region),
    ]);
    const instances = missing(there, ofType(wanted, region, 'AWS::RDS::DBInstance'));
    // A replica is as large as what it replicates, which in another region is the first one's.
    const sizes = ofAnyRegion(wanted, 'AWS::RDS::DBInstance').map(({ properties }) =>
      count(at(properties, 'AllocatedStorage')),
    );
    const storage = instances.length * Math.max(0, ...sizes);
    const judge = (name: string, code: string, room: Pick<Room, 'needed' | 'purpose' | 'unit'>): Finding[] =>
      AccountQuotas.filter(({ AccountQuotaName }) => AccountQuotaName === name).map(({ Max = 0, Used = 0 }) =>
        judgeRoom({ allowed: Max, used: Used, raise: raising(region, { service: 'rds', code }), ...room }),
      );
    return [
      ...judge('DBInstances', 'L-7B6409FD', {
        needed: instances.length,
        purpose: 'the database and its replicas',
      }),
      ...judge('AllocatedStorage', 'L-7ADDB58A', { needed: storage, unit: 'GiB', purpose: 'their storage' }),
    ];
  },
};

export const limits: readonly Question[] = [VCPUS, ...COUNTED_QUESTIONS, DATABASES];

async function toBeMade(
  { deployed, wanted }: Examination,
  region: string,
  type: string,
  purpose: string,
): Promise<{ readonly needed: number; readonly purpose: string }> {
  return { needed: missing(await deployed(region), ofType(wanted, region, type)).length, purpose };
}

/** How many NAT gateways the fullest of the deployment's zones has. */
async function gatewaysInZone({ aws, zones }: Examination, region: string): Promise<number> {
  const client = aws.ec2(region);
  const subnets: string[] = [];
  const pages = paginateDescribeNatGateways(
    { client },
    { Filter: [{ Name: 'state', Values: ['pending', 'available'] }] },
  );
  for await (const { NatGateways = [] } of pages) {
    subnets.push(...NatGateways.flatMap(({ SubnetId }) => SubnetId ?? []));
  }
  if (subnets.length === 0) {
    return 0;
  }
  const [{ Subnets = [] }, { chosen }] = await Promise.all([
    client.send(new DescribeSubnetsCommand({ SubnetIds: [...new Set(subnets)] })),
    zones(region),
  ]);
  const zoneOf = new Map(Subnets.map(({ SubnetId, AvailabilityZone }) => [SubnetId, AvailabilityZone]));
  return Math.max(
    0,
    ...chosen.map(({ name }) => subnets.filter((subnet) => zoneOf.get(subnet) === name).length),
  );
}

async function total<T>(pages: AsyncIterable<T>, of: (page: T) => number): Promise<number> {
  let all = 0;
  for await (const page of pages) {
    all += of(page);
  }
  return all;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((all, number) => all + number, 0);
}

function ofAnyRegion({ resources }: Examination['wanted'], type: string) {
  return resources.filter((resource) => resource.type === type);
}
