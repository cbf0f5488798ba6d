/** How each service answers, in its own wire format: XML after a query, JSON after JSON, and REST's mixture. */
import type { Account, RecordSet } from './account';
import type { Heard } from './stand-in';

export interface Answer {
  readonly status: number;
  readonly type: string;
  readonly body: string;
}

type Answers = (account: Account, heard: Heard) => Answer | undefined;

/** Service, by its name in a signature → what it answers; undefined to what it does not know. */
export const ANSWERS: Readonly<Record<string, Answers>> = {
  sts: (account, { what }) =>
    what === 'GetCallerIdentity'
      ? result(what, xml('Account', account.number) + xml('Arn', `arn:aws:iam::${account.number}:user/tired`))
      : undefined,
  ec2: (account, { what, region, fields }) => {
    const content = ec2(account, region, fields)[what];
    return content === undefined ? undefined : asXml(xml(`${what}Response`, content));
  },
  cloudformation: (account, heard) => cloudFormation(account, heard),
  rds: (account, { what, region, fields }) => {
    if (what === 'DescribeAccountAttributes') {
      const { allowed, used } = account.databases;
      const quota = (name: string, most: number, now: number): string =>
        xml('AccountQuota', xml('AccountQuotaName', name) + xml('Max', most) + xml('Used', now));
      return result(
        what,
        xml('AccountQuotas', quota('DBInstances', allowed, used) + quota('AllocatedStorage', 100_000, 0)),
      );
    }
    const sold = account.databaseTypes.includes(String(fields['DBInstanceClass']));
    const zones = account.zones.map(({ letter }) => xml('AvailabilityZone', xml('Name', region + letter)));
    return what === 'DescribeOrderableDBInstanceOptions'
      ? result(
          what,
          xml(
            'OrderableDBInstanceOptions',
            sold
              ? xml(
                  'OrderableDBInstanceOption',
                  xml('EngineVersion', '18.1') +
                    xml('MultiAZCapable', 'true') +
                    xml('AvailabilityZones', zones.join('')),
                )
              : '',
          ),
        )
      : undefined;
  },
  elasticache: (account, { what, fields }) =>
    ({
      DescribeCacheClusters: result(what, xml('CacheClusters', '')),
      DescribeReservedCacheNodesOfferings: result(
        what,
        xml(
          'ReservedCacheNodesOfferings',
          account.cacheTypes.includes(String(fields['CacheNodeType']))
            ? xml('ReservedCacheNodesOffering', xml('CacheNodeType', String(fields['CacheNodeType'])))
            : '',
        ),
      ),
    })[what],
  ssm: (account) =>
    account.bootstrap === 0
      ? refused('ssm', 400, 'ParameterNotFound')
      : json({ Parameter: { Value: String(account.bootstrap) } }),
  servicequotas: (account, { what, fields }) => {
    const value = account.quotas[String(fields['QuotaCode'])];
    // An account that never asked for more has only everybody's value.
    return what === 'GetServiceQuota' || value === undefined
      ? refused('servicequotas', 400, 'NoSuchResourceException')
      : json({ Quota: { Value: value } });
  },
  logs: (account, { region, fields }) =>
    json({
      logGroups: account.names
        .filter((name) => name.startsWith(`${region}/${String(fields['logGroupNamePrefix'])}`))
        .map((name) => ({ logGroupName: name.slice(region.length + 1) })),
    }),
  secretsmanager: (account, { region, fields }) =>
    account.names.includes(`${region}/${String(fields['SecretId'])}`)
      ? json({ Name: fields['SecretId'] })
      : refused('secretsmanager', 400, 'ResourceNotFoundException'),
  sqs: (account, { region, fields }) =>
    account.names.includes(`${region}/${String(fields['QueueName'])}`)
      ? json({ QueueUrl: `https://sqs.${region}.amazonaws.com/${account.number}/clicks` })
      : refused('sqs', 400, 'com.amazonaws.sqs#QueueDoesNotExist'),
  mq: (account, { what, region, fields }) =>
    ({
      'GET /v1/brokers': json({
        brokerSummaries: times(account.brokers.rabbitMq, (n) => ({ brokerName: `broker-${n}` })),
      }),
      'GET /v1/broker-instance-options': json({
        brokerInstanceOptions: account.rabbitMqTypes
          .filter((type) => type === fields['hostInstanceType'] && fields['engineType'] === 'RABBITMQ')
          .map((hostInstanceType) => ({
            hostInstanceType,
            engineType: 'RABBITMQ',
            supportedEngineVersions: ['3.13', '4.2'],
            supportedDeploymentModes: ['SINGLE_INSTANCE', 'CLUSTER_MULTI_AZ'],
            availabilityZones: account.zones.map(({ letter }) => ({ name: region + letter })),
          })),
      }),
    })[what],
  kafka: (account, { what }) =>
    ({
      'GET /v1/kafka-versions': json({
        kafkaVersions: account.kafkaVersions.map((version) => ({ version, status: 'ACTIVE' })),
      }),
      'GET /api/v2/clusters': json({
        clusterInfoList: account.brokers.kafka.map((numberOfBrokerNodes) => ({
          clusterType: 'PROVISIONED',
          provisioned: { numberOfBrokerNodes },
        })),
      }),
      'GET /v1/configurations': json({
        configurations: account.brokers.kafka.map((_, n) => ({ name: `configuration-${n}` })),
      }),
    })[what],
  lambda: (account, { what, region }) => {
    const { allowed, unreserved } = account.lambda;
    if (what.endsWith('/account-settings/') || what.endsWith('/account-settings')) {
      return json({
        AccountLimit: { ConcurrentExecutions: allowed, UnreservedConcurrentExecutions: unreserved },
      });
    }
    const [, name = ''] = /\/functions\/([^/]+)\/configuration$/.exec(what) ?? [];
    return account.names.includes(`${region}/${name}`)
      ? json({ FunctionName: name })
      : refused('lambda', 404, 'ResourceNotFoundException');
  },
  s3: (account, { what, region }) => {
    const [, method, bucket = ''] = /^(GET|HEAD) \/([^/]+)/.exec(what) ?? [];
    if (method === 'HEAD') {
      return { ...asXml(''), status: account.names.includes(`${region}/${bucket}`) ? 200 : 404 };
    }
    if (account.bootstrap === 0) {
      return refused('s3', 404, 'NoSuchBucket');
    }
    const key = account.bootstrapKey;
    const algorithm = key === undefined ? xml('SSEAlgorithm', 'aws:kms') : xml('KMSMasterKeyID', key);
    return asXml(
      xml(
        'ServerSideEncryptionConfiguration',
        xml('Rule', xml('ApplyServerSideEncryptionByDefault', algorithm)),
      ),
    );
  },
  route53: ({ hostedZone }, { what, fields }) => {
    const { id, name, nameServers, records } = hostedZone;
    if (!what.includes(`/hostedzone/${id}`)) {
      return refused('route53', 404, 'NoSuchHostedZone');
    }
    return what.endsWith('/rrset')
      ? asXml(
          xml(
            'ListResourceRecordSetsResponse',
            xml(
              'ResourceRecordSets',
              records
                // Route 53 lists on from the name, in the order of the names' parts from the last to the first.
                .filter((record) => sortable(record.name) >= sortable(String(fields['name'])))
                .map(recordSet)
                .join(''),
            ) +
              xml('IsTruncated', 'false') +
              xml('MaxItems', 100),
          ),
        )
      : asXml(
          xml(
            'GetHostedZoneResponse',
            xml(
              'HostedZone',
              xml('Id', `/hostedzone/${id}`) +
                xml('Name', `${name}.`) +
                xml('Config', xml('PrivateZone', String(hostedZone.private))),
            ) +
              xml(
                'DelegationSet',
                xml('NameServers', nameServers.map((server) => xml('NameServer', server)).join('')),
              ),
          ),
        );
  },
  cloudfront: ({ distributions }, { what }) =>
    what === 'GET /2020-05-31/distribution'
      ? asXml(
          xml(
            'DistributionList',
            xml('IsTruncated', 'false') +
              xml('Quantity', distributions.length) +
              xml(
                'Items',
                distributions
                  .map((alias, place) =>
                    xml(
                      'DistributionSummary',
                      xml('Id', `E${place}`) +
                        xml('Aliases', xml('Quantity', 1) + xml('Items', xml('CNAME', alias))),
                    ),
                  )
                  .join(''),
              ),
          ),
        )
      : undefined,
};

/** A refusal in the service's own form: JSON, or XML of one of two kinds. */
export function refused(service: string, status: number, code: string, message = code): Answer {
  const error = xml('Code', code) + xml('Message', message);
  const bodies: Readonly<Record<string, Answer>> = {
    ec2: asXml(xml('Response', xml('Errors', xml('Error', error)))),
    s3: asXml(xml('Error', error)),
  };
  const body = JSON_SERVICES.includes(service)
    ? json({ __type: code, message })
    : (bodies[service] ?? asXml(xml('ErrorResponse', xml('Error', xml('Type', 'Sender') + error))));
  return { ...body, status };
}

const JSON_SERVICES = ['ssm', 'servicequotas', 'logs', 'secretsmanager', 'sqs', 'mq', 'kafka', 'lambda'];

function ec2(account: Account, region: string, fields: Heard['fields']): Readonly<Record<string, string>> {
  const items = (name: string, elements: readonly string[]): string =>
    xml(name, elements.map((element) => xml('item', element)).join(''));
  const asked = String(fields['Filter.1.Value.1']);
  return {
    DescribeRegions: items(
      'regionInfo',
      ['us-east-1', 'eu-west-1', 'ap-southeast-2', 'me-south-1'].map(
        (name) =>
          xml('regionName', name) +
          xml('optInStatus', account.disabled.includes(name) ? 'not-opted-in' : 'opt-in-not-required'),
      ),
    ),
    DescribeAvailabilityZones: items(
      'availabilityZoneInfo',
      account.zones.map(
        ({ letter, id }) => xml('zoneName', region + letter) + xml('zoneId', `${shortened(region)}-${id}`),
      ),
    ),
    DescribeSubnets: items(
      'subnetSet',
      asked === 'true'
        ? account.zones.map(({ letter }) => xml('availabilityZone', region + letter))
        : [xml('subnetId', 'subnet-1') + xml('availabilityZone', `${region}a`)],
    ),
    DescribeInstanceTypeOfferings: items(
      'instanceTypeOfferingSet',
      account.zones
        .filter(({ types }) => types.includes(asked))
        .map(({ letter }) => xml('instanceType', asked) + xml('location', region + letter)),
    ),
    DescribeInstanceTypes: items(
      'instanceTypeSet',
      account.zones.some(({ types }) => types.includes(asked))
        ? [xml('instanceType', asked) + xml('vCpuInfo', xml('defaultVCpus', 2))]
        : [],
    ),
    DescribeInstances: items('reservationSet', [
      items(
        'instancesSet',
        account.instances.map(
          ({ type, vcpus, stack }) =>
            xml('instanceType', type) +
            xml('cpuOptions', xml('coreCount', vcpus) + xml('threadsPerCore', 1)) +
            items(
              'tagSet',
              stack === undefined ? [] : [xml('key', 'aws:cloudformation:stack-name') + xml('value', stack)],
            ),
        ),
      ),
    ]),
    DescribeAddresses: items(
      'addressesSet',
      times(account.addresses, () => xml('publicIp', '192.0.2.1')),
    ),
    DescribeVpcs: items(
      'vpcSet',
      times(account.networks, (n) => xml('vpcId', `vpc-${n}`)),
    ),
    DescribeNatGateways: items(
      'natGatewaySet',
      times(account.natGateways, () => xml('subnetId', 'subnet-1')),
    ),
  };
}

function cloudFormation(account: Account, { what, region, fields }: Heard): Answer | undefined {
  const stack = account.stacks.find(
    (one) => one.region === region && one.name === String(fields['StackName']),
  );
  if (what === 'DescribeStackResources') {
    return result(what, xml('StackResources', ''));
  }
  if (stack === undefined) {
    return refused('cloudformation', 400, 'ValidationError', 'Stack with that id does not exist');
  }
  return {
    DescribeStacks: result(
      what,
      xml(
        'Stacks',
        xml(
          'member',
          xml('StackName', stack.name) +
            xml('StackStatus', stack.status) +
            xml('EnableTerminationProtection', String(stack.protected ?? false)),
        ),
      ),
    ),
    ListStackResources: result(
      what,
      xml(
        'StackResourceSummaries',
        Object.entries(stack.resources ?? {})
          .map(([id, status]) => xml('member', xml('LogicalResourceId', id) + xml('ResourceStatus', status)))
          .join(''),
      ),
    ),
  }[what];
}

function recordSet({ name, type, value, setIdentifier }: RecordSet): string {
  return xml(
    'ResourceRecordSet',
    xml('Name', `${name}.`) +
      xml('Type', type) +
      (setIdentifier === undefined ? '' : xml('SetIdentifier', setIdentifier) + xml('Weight', 1)) +
      xml('TTL', 60) +
      xml('ResourceRecords', xml('ResourceRecord', xml('Value', value))),
  );
}

function sortable(name: string): string {
  return name.replace(/\.$/, '').split('.').reverse().join('.');
}

/** `us-east-1` → `use1`, as zones' own names begin. */
function shortened(region: string): string {
  const [continent = '', direction = '', number = ''] = region.split('-');
  const letters = direction.replace(
    /(north|south)?(east|west)?/,
    (_, ns = '', ew = '') => `${String(ns).slice(0, 1)}${String(ew).slice(0, 1)}`,
  );
  return `${continent}${letters}${number}`;
}

function times<T>(number: number, make: (place: number) => T): readonly T[] {
  return Array.from({ length: number }, (_, place) => make(place));
}

function result(action: string, content: string): Answer {
  return asXml(xml(`${action}Response`, xml(`${action}Result`, content)));
}

function xml(name: string, content: string | number): string {
  return `<${name}>${content}</${name}>`;
}

function asXml(body: string): Answer {
  return { status: 200, type: 'text/xml', body };
}

function json(value: unknown): Answer {
  return { status: 200, type: 'application/x-amz-json-1.1', body: JSON.stringify(value) };
}
