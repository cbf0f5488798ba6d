/** Whether Amazon MQ and Amazon MSK offer the brokers that the deployment has yet to make. */
import { type KafkaVersion, paginateListKafkaVersions } from '@aws-sdk/client-kafka';
import { type BrokerInstanceOption, DescribeBrokerInstanceOptionsCommand } from '@aws-sdk/client-mq';
import { missing } from '../deployed';
import { type Finding, ok, wrong } from '../finding';
import { at, list, text } from '../json';
import { dataCenters, type Examination, type Question } from '../question';
import { ofType, type WantedResource } from '../wanted';
import type { Zone } from '../zones';

export const RABBITMQ = 'AWS::AmazonMQ::Broker';
export const KAFKA = 'AWS::MSK::Cluster';
export const KAFKA_CONFIGURATION = 'AWS::MSK::Configuration';

export interface RabbitMqWanted {
  readonly region: string;
  /** Amazon MQ’s name of the size, such as `mq.m7g.large`. */
  readonly type: string;
  /** RabbitMQ’s major and minor version. */
  readonly version: string;
  readonly deploymentMode: string;
  /** Where its subnets are. */
  readonly zones: readonly Zone[];
}

/** @param options what Amazon MQ offers of this type */
export function judgeRabbitMq(wanted: RabbitMqWanted, options: readonly BrokerInstanceOption[]): Finding {
  const { region, type, version, deploymentMode, zones } = wanted;
  const needed = `RabbitMQ ${version} on ${type}, ${deploymentMode}, in ${zones.map(({ name }) => name).join(' and ')}`;
  const mend = `set rabbitmqInstanceType to one of: aws mq describe-broker-instance-options --engine-type RABBITMQ --query "BrokerInstanceOptions[?contains(SupportedEngineVersions, '${version}')].HostInstanceType" --region ${region}`;
  const ofVersion = options.filter(
    ({ SupportedEngineVersions = [], SupportedDeploymentModes = [] }) =>
      SupportedEngineVersions.some((one) => one === version || one.startsWith(`${version}.`)) &&
      SupportedDeploymentModes.some((mode) => mode === deploymentMode),
  );
  if (ofVersion.length === 0) {
    return wrong(`Amazon MQ does not offer RabbitMQ ${version} on ${type} so here`, needed, mend);
  }
  // Amazon MQ calls zones by name or by id: its own documentation says both.
  const offered = ofVersion.flatMap(({ AvailabilityZones = [] }) =>
    AvailabilityZones.flatMap(({ Name }) => Name ?? []),
  );
  return zones.every(({ name, id }) => offered.includes(name) || offered.includes(id))
    ? ok(`${type} can be had`, needed)
    : wrong(`Amazon MQ offers ${type} in ${[...new Set(offered)].sort().join(', ')} alone`, needed, mend);
}

export interface KafkaWanted {
  readonly region: string;
  /** As MSK writes it, such as `3.9.x.kraft`. */
  readonly version: string;
  readonly zones: readonly Zone[];
}

/** The zone in which MSK has no brokers; no request tells it (CreateCluster, `clientSubnets`). */
const WITHOUT_KAFKA: ReadonlySet<string> = new Set(['use1-az3']);

/** Which sizes a region has, MSK tells in no request. @param versions those that MSK knows in the region */
export function judgeKafka(
  { region, version, zones }: KafkaWanted,
  versions: readonly KafkaVersion[],
): readonly Finding[] {
  const offered = versions.some(({ Version, Status }) => Version === version && Status === 'ACTIVE');
  const without = zones.filter(({ id }) => WITHOUT_KAFKA.has(id));
  const needed = `Kafka ${version} in ${zones.map(({ name }) => name).join(' and ')}`;
  return [
    offered
      ? ok(`Kafka ${version} can be had`, needed)
      : wrong(
          `MSK makes no new clusters of Kafka ${version} here`,
          needed,
          `set regions to another region, or queue to another kind; what there is: aws kafka list-kafka-versions --region ${region}`,
        ),
    ...without.map(({ name, id }) =>
      wrong(
        `${name} (${id}) has no brokers of MSK`,
        needed,
        `set zones to two others before the first deployment: aws ec2 describe-availability-zones --region ${region}`,
      ),
    ),
  ];
}

const rabbitMq: Question = {
  title: 'RabbitMQ',
  places: (examination) => placesOf(examination, RABBITMQ),
  answer: (examination, region) =>
    ofThoseToMake(examination, region, RABBITMQ, async ({ properties }) => {
      const type = text(at(properties, 'HostInstanceType')) ?? '';
      const [{ chosen }, { BrokerInstanceOptions = [] }] = await Promise.all([
        examination.zones(region),
        examination.aws.mq(region).send(
          // One type has fewer options than one page holds.
          new DescribeBrokerInstanceOptionsCommand({
            EngineType: 'RABBITMQ',
            HostInstanceType: type,
            MaxResults: 100,
          }),
        ),
      ]);
      const wanted = {
        region,
        type,
        version: text(at(properties, 'EngineVersion')) ?? '',
        deploymentMode: text(at(properties, 'DeploymentMode')) ?? '',
        zones: chosen.slice(0, list(at(properties, 'SubnetIds')).length),
      };
      return [judgeRabbitMq(wanted, BrokerInstanceOptions)];
    }),
};

const kafka: Question = {
  title: 'Kafka',
  places: (examination) => placesOf(examination, KAFKA),
  answer: (examination, region) =>
    ofThoseToMake(examination, region, KAFKA, async ({ properties }) => {
      const versions: KafkaVersion[] = [];
      const pages = paginateListKafkaVersions({ client: examination.aws.kafka(region) }, {});
      for await (const { KafkaVersions = [] } of pages) {
        versions.push(...KafkaVersions);
      }
      const { chosen } = await examination.zones(region);
      const version = text(at(properties, 'KafkaVersion')) ?? '';
      return judgeKafka({ region, version, zones: chosen }, versions);
    }),
};

export const brokers: readonly Question[] = [rabbitMq, kafka];

/** The data centers that are to have one of a type. */
function placesOf(examination: Examination, type: string): readonly string[] {
  return dataCenters(examination).filter((region) => ofType(examination.wanted, region, type).length > 0);
}

/** One that stands goes on with what it has, also where no other would be made so any more. */
async function ofThoseToMake(
  { deployed, wanted }: Examination,
  region: string,
  type: string,
  judge: (resource: WantedResource) => Promise<readonly Finding[]>,
): Promise<readonly Finding[]> {
  const toMake = missing(await deployed(region), ofType(wanted, region, type));
  return toMake.length === 0 ? [ok('is there already')] : (await Promise.all(toMake.map(judge))).flat();
}
