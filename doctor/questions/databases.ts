/** Whether RDS and ElastiCache offer the types in the deployment's zones. */
import { DescribeReservedCacheNodesOfferingsCommand } from '@aws-sdk/client-elasticache';
import { paginateDescribeOrderableDBInstanceOptions } from '@aws-sdk/client-rds';
import { type Finding, ok, unasked, wrong } from '../finding';
import { at, text } from '../json';
import { dataCenters, type Examination, type Question } from '../question';
import { unless } from '../unanswered';

/** One combination that RDS sells. */
export interface Orderable {
  readonly version: string;
  readonly zones: readonly string[];
  readonly standby: boolean;
}

export interface DatabaseWanted {
  readonly region: string;
  readonly type: string;
  /** PostgreSQL's major version. */
  readonly version: string;
  readonly zones: readonly string[];
  readonly standby: boolean;
}

export function judgeDatabase(wanted: DatabaseWanted, orderable: readonly Orderable[]): Finding {
  const { region, type, version, zones, standby } = wanted;
  const mend = `set databaseInstanceType to one of: aws rds describe-orderable-db-instance-options --engine postgres --query 'OrderableDBInstanceOptions[].DBInstanceClass' --region ${region}`;
  const needed = `PostgreSQL ${version} on db.${type} in ${zones.join(' and ')}${standby ? ', with a standby' : ''}`;
  const ofVersion = orderable.filter((one) => one.version.split('.')[0] === version);
  const good = ofVersion.filter(
    (one) => zones.every((zone) => one.zones.includes(zone)) && (one.standby || !standby),
  );
  if (good.length > 0) {
    return ok(`db.${type} can be ordered`, needed);
  }
  return ofVersion.length === 0
    ? wrong(`RDS does not sell PostgreSQL ${version} on db.${type} here`, needed, mend)
    : wrong(
        `RDS sells it in ${[...new Set(ofVersion.flatMap((one) => one.zones))].sort().join(', ')} alone`,
        needed,
        mend,
      );
}

/** @param offered whether nodes of that type can be reserved in the region, which says that there are some */
export function judgeNodeType(type: string, offered: boolean): Finding {
  return offered
    ? ok(`ElastiCache has cache.${type} here; it does not say in which zones`)
    : unasked(
        `ElastiCache lists no reservations of cache.${type}, and says nothing else about where a type is`,
        'https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/CacheNodes.SupportedTypes.html',
      );
}

const ENGINE = 'postgres';

const database: Question = {
  title: 'database type',
  places: (examination) => (examination.plan.database ? dataCenters(examination) : []),
  answer: async (examination, region) => {
    const { aws, plan, zones } = examination;
    const orderable: Orderable[] = [];
    const pages = paginateDescribeOrderableDBInstanceOptions(
      { client: aws.rds(region) },
      { Engine: ENGINE, DBInstanceClass: `db.${plan.databaseInstanceType}`, Vpc: true },
    );
    const [{ chosen }] = await Promise.all([
      zones(region),
      (async () => {
        for await (const { OrderableDBInstanceOptions = [] } of pages) {
          orderable.push(
            ...OrderableDBInstanceOptions.map(
              ({ EngineVersion = '', AvailabilityZones = [], MultiAZCapable = false }) => ({
                version: EngineVersion,
                zones: AvailabilityZones.flatMap(({ Name }) => Name ?? []),
                standby: MultiAZCapable,
              }),
            ),
          );
        }
      })(),
    ]);
    return [
      judgeDatabase(
        {
          region,
          type: plan.databaseInstanceType,
          version: majorVersion(examination),
          zones: chosen.map(({ name }) => name),
          standby: plan.databaseStandby,
        },
        orderable,
      ),
    ];
  },
};

/** As the first data center's template says it: replicas take their source's. */
function majorVersion({ wanted }: Examination): string {
  const versions = wanted.resources
    .filter(({ type }) => type === 'AWS::RDS::DBInstance')
    .flatMap(({ properties }) => text(at(properties, 'EngineVersion')) ?? []);
  return versions[0]?.split('.')[0] ?? '';
}

const nodeType: Question = {
  title: 'cache type',
  places: (examination) => (examination.plan.cache ? dataCenters(examination) : []),
  answer: async ({ aws, plan }, region) => {
    const answer = await unless(
      aws.elastiCache(region).send(
        new DescribeReservedCacheNodesOfferingsCommand({
          CacheNodeType: `cache.${plan.cacheNodeType}`,
          MaxRecords: 20,
        }),
      ),
      'ReservedCacheNodesOfferingNotFound',
      'InvalidParameterValue',
    );
    return [judgeNodeType(plan.cacheNodeType, (answer?.ReservedCacheNodesOfferings ?? []).length > 0)];
  },
};

export const types: readonly Question[] = [database, nodeType];
