/** The services' own clients, one a region, that can only read. */
import { CloudFormationClient } from '@aws-sdk/client-cloudformation';
import { CloudFrontClient } from '@aws-sdk/client-cloudfront';
import { CloudWatchLogsClient } from '@aws-sdk/client-cloudwatch-logs';
import { EC2Client } from '@aws-sdk/client-ec2';
import { ElastiCacheClient } from '@aws-sdk/client-elasticache';
import { KafkaClient } from '@aws-sdk/client-kafka';
import { LambdaClient } from '@aws-sdk/client-lambda';
import { MqClient } from '@aws-sdk/client-mq';
import { RDSClient } from '@aws-sdk/client-rds';
import { Route53Client } from '@aws-sdk/client-route-53';
import { S3Client } from '@aws-sdk/client-s3';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { ServiceQuotasClient } from '@aws-sdk/client-service-quotas';
import { SQSClient } from '@aws-sdk/client-sqs';
import { SSMClient } from '@aws-sdk/client-ssm';
import { STSClient } from '@aws-sdk/client-sts';
import { TooLate, Unanswered } from './unanswered';

/** Where the services are that belong to no region: Route 53, CloudFront, and their quotas. */
export const GLOBAL_REGION = 'us-east-1';

/** What is being asked right now. */
export interface Watch {
  /** Notes that a request began; the answer is called when it has ended. */
  began(what: string): () => void;
}

export interface Connecting {
  readonly profile: string | undefined;
  /** How long a request may take, with its repetitions, in ms. */
  readonly timeoutMs: number;
  readonly watch: Watch;
}

export type Aws = ReturnType<typeof connect>;

/** Clients that are made when they are first needed, all with the same credentials. */
export function connect({ profile, timeoutMs, watch }: Connecting) {
  const chosen = profile === undefined ? {} : { profile };
  const guard = guarding(timeoutMs, watch);
  const sts = guard(new STSClient({ region: GLOBAL_REGION, ...chosen }));
  // Found once: a profile may start a process, or ask another service, for them.
  const { credentials } = sts.config;
  const of = <C>(make: (config: Config) => C) => memo((region) => make({ region, credentials }));
  return {
    sts,
    cloudFormation: of((config) => guard(new CloudFormationClient(config))),
    cloudFront: of((config) => guard(new CloudFrontClient(config))),
    ec2: of((config) => guard(new EC2Client(config))),
    elastiCache: of((config) => guard(new ElastiCacheClient(config))),
    kafka: of((config) => guard(new KafkaClient(config))),
    lambda: of((config) => guard(new LambdaClient(config))),
    logs: of((config) => guard(new CloudWatchLogsClient(config))),
    mq: of((config) => guard(new MqClient(config))),
    quotas: of((config) => guard(new ServiceQuotasClient(config))),
    rds: of((config) => guard(new RDSClient(config))),
    route53: of((config) => guard(new Route53Client(config))),
    s3: of((config) => guard(new S3Client(config))),
    secrets: of((config) => guard(new SecretsManagerClient(config))),
    sqs: of((config) => guard(new SQSClient(config))),
    ssm: of((config) => guard(new SSMClient(config))),
  };
}

interface Config {
  readonly region: string;
  readonly credentials: STSClient['config']['credentials'];
}

/** The function's answer for each region, made once. */
export function memo<T>(make: (region: string) => T): (region: string) => T {
  const made = new Map<string, T>();
  return (region) => {
    const known = made.get(region) ?? make(region);
    made.set(region, known);
    return known;
  };
}

/** A client of the AWS SDK, as far as a request can be intercepted. */
interface Guardable<Input extends object, Output extends object> {
  readonly config: { readonly region: () => Promise<string> };
  readonly middlewareStack: {
    add(middleware: Middleware<Input, Output>, options: { readonly step: 'initialize' }): void;
  };
}

type Middleware<Input, Output> = (
  next: (args: { input: Input }) => Promise<{ output: Output; response: unknown }>,
  context: { readonly clientName?: string; readonly commandName?: string },
) => (args: { input: Input }) => Promise<{ output: Output; response: unknown }>;

/** What only looks: the names of AWS's operations say it. */
const READING = /^(Describe|Get|List|Head)/;

/** Lets a client only read, ends what takes too long, and says which permission a failed request would have needed. */
function guarding(timeoutMs: number, watch: Watch) {
  return <Input extends object, Output extends object, C>(client: C & Guardable<Input, Output>): C => {
    client.middlewareStack.add(
      (next, { clientName = '', commandName = '' }) =>
        async (args) => {
          const operation = commandName.replace(/Command$/, '');
          if (!READING.test(operation)) {
            throw new Error(`The doctor only reads, and ${operation} does not.`);
          }
          const permission = permissionFor(clientName.replace(/Client$/, ''), operation);
          const ended = watch.began(`${permission} in ${await client.config.region()}`);
          try {
            return await inTime(next(args), timeoutMs);
          } catch (error) {
            throw new Unanswered(permission, error);
          } finally {
            ended();
          }
        },
      { step: 'initialize' },
    );
    return client;
  };
}

/** What IAM calls a service where it differs from the client's name in lower case. */
const PREFIXES: Readonly<Record<string, string>> = { CloudWatchLogs: 'logs' };

/** What IAM calls an operation where it differs from the operation's own name. */
const PERMISSIONS: Readonly<Record<string, string>> = {
  GetBucketEncryption: 'GetEncryptionConfiguration',
  HeadBucket: 'ListBucket',
};

function permissionFor(service: string, operation: string): string {
  return `${PREFIXES[service] ?? service.toLowerCase()}:${PERMISSIONS[operation] ?? operation}`;
}

async function inTime<T>(answer: Promise<T>, ms: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(new TooLate(ms));
    }, ms);
  });
  try {
    return await Promise.race([answer, late]);
  } finally {
    clearTimeout(timer);
  }
}
