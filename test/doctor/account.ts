/** An AWS account as the stand-in has it: data, which a test changes before it starts the stand-in. */

/** A refusal as a service words it. */
interface Refusal {
  readonly status: number;
  readonly code: string;
  readonly message: string;
}

interface Instance {
  readonly type: string;
  readonly vcpus: number;
  /** The CloudFormation stack whose it is. */
  readonly stack?: string;
}

export interface Stack {
  readonly region: string;
  readonly name: string;
  readonly status: string;
  readonly protected?: boolean;
  /** Logical id → state. */
  readonly resources?: Readonly<Record<string, string>>;
}

export interface RecordSet {
  readonly name: string;
  readonly type: string;
  readonly value: string;
  readonly setIdentifier?: string;
}

export interface Account {
  readonly number: string;
  /** Zones of every region: what follows the region's name, and AWS's own name. */
  readonly zones: readonly {
    readonly letter: string;
    readonly id: string;
    readonly types: readonly string[];
  }[];
  /** Regions that are not enabled. */
  readonly disabled: readonly string[];
  /** Version of each region's bootstrap; 0 where there is none. */
  readonly bootstrap: number;
  /** The key of the bootstrap's bucket. */
  readonly bootstrapKey: string | undefined;
  /** Quota code → value. */
  readonly quotas: Readonly<Record<string, number>>;
  readonly instances: readonly Instance[];
  readonly addresses: number;
  readonly networks: number;
  readonly natGateways: number;
  readonly lambda: { readonly allowed: number; readonly unreserved: number };
  readonly databases: { readonly allowed: number; readonly used: number };
  /** Node types that can be reserved. */
  readonly cacheTypes: readonly string[];
  /** Database types that can be ordered in every zone. */
  readonly databaseTypes: readonly string[];
  /** Sizes of RabbitMQ that Amazon MQ offers in every zone. */
  readonly rabbitMqTypes: readonly string[];
  /** Versions of Kafka of which MSK makes clusters. */
  readonly kafkaVersions: readonly string[];
  /** Brokers of Amazon MQ; brokers of each of MSK's clusters, each of which has a configuration. */
  readonly brokers: { readonly rabbitMq: number; readonly kafka: readonly number[] };
  readonly stacks: readonly Stack[];
  readonly hostedZone: {
    readonly id: string;
    readonly name: string;
    readonly private: boolean;
    readonly nameServers: readonly string[];
    readonly records: readonly RecordSet[];
  };
  /** What DNS says of the hosted zone's domain. */
  readonly delegatedTo: readonly string[];
  /** Names of buckets, queues, secrets, log groups and functions that are there, as `region/name`. */
  readonly names: readonly string[];
  /** Domains of CloudFront's distributions, one each. */
  readonly distributions: readonly string[];
  /** Refuses every request but the one that says who asks. */
  readonly refusal: Refusal | undefined;
  /** Services that take requests and never answer. */
  readonly silent: readonly string[];
}

const NAME_SERVERS = [
  'ns-1.awsdns-01.org',
  'ns-2.awsdns-02.com',
  'ns-3.awsdns-03.net',
  'ns-4.awsdns-04.co.uk',
];

/** An account that carries every rung. */
export const HEALTHY: Account = {
  number: '123456789012',
  zones: [
    { letter: 'a', id: 'az1', types: ['t4g.small', 'm7g.large'] },
    { letter: 'b', id: 'az2', types: ['t4g.small', 'm7g.large'] },
    { letter: 'c', id: 'az3', types: ['t4g.small'] },
  ],
  disabled: [],
  bootstrap: 33,
  bootstrapKey: undefined,
  quotas: {
    'L-1216C47A': 64,
    'L-0263D0A3': 5,
    'L-F678F1CE': 5,
    'L-FE5A380F': 5,
    'L-DFE45DF3': 300,
    'L-24B04930': 200,
    'L-4D525FD5': 50,
    'L-EDD31C36': 90,
    'L-B2FDE22A': 100,
  },
  instances: [],
  addresses: 0,
  networks: 1,
  natGateways: 0,
  lambda: { allowed: 1000, unreserved: 1000 },
  databases: { allowed: 40, used: 0 },
  cacheTypes: ['cache.t4g.micro'],
  databaseTypes: ['db.t4g.micro'],
  rabbitMqTypes: ['mq.m7g.medium', 'mq.m7g.large'],
  kafkaVersions: ['3.9.x', '3.9.x.kraft'],
  brokers: { rabbitMq: 0, kafka: [3] },
  stacks: [],
  hostedZone: {
    id: 'Z0123456789ABCDEFGHIJ',
    name: 'example.com',
    private: false,
    nameServers: NAME_SERVERS,
    records: [{ name: 'example.com', type: 'NS', value: 'ns-1.awsdns-01.org' }],
  },
  delegatedTo: NAME_SERVERS,
  names: [],
  distributions: ['other.example.com'],
  refusal: undefined,
  silent: [],
};

/** What AWS gives who has just come, with what an earlier try has left. */
export const NEW_AND_TRIED: Account = {
  ...HEALTHY,
  zones: [
    { letter: 'a', id: 'az3', types: [] },
    { letter: 'b', id: 'az1', types: ['t4g.small'] },
  ],
  bootstrap: 0,
  quotas: { ...HEALTHY.quotas, 'L-1216C47A': 5 },
  addresses: 5,
  networks: 5,
  lambda: { allowed: 10, unreserved: 10 },
  hostedZone: {
    ...HEALTHY.hostedZone,
    records: [{ name: 'links.example.com', type: 'A', value: '192.0.2.7' }],
  },
  delegatedTo: ['ns1.registrar.example'],
  distributions: [],
  stacks: [
    {
      region: 'us-east-1',
      name: 'zero-to-million-us-east-1-data',
      status: 'ROLLBACK_COMPLETE',
      protected: true,
    },
    { region: 'us-east-1', name: 'zero-to-million-us-east-1-app', status: 'UPDATE_ROLLBACK_FAILED' },
  ],
  names: ['us-east-1/zero-to-million-origin-1'],
};
