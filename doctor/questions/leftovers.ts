/** What an earlier try left behind under a name that the deployment gives again. */
import { DescribeLogGroupsCommand } from '@aws-sdk/client-cloudwatch-logs';
import { GetFunctionConfigurationCommand } from '@aws-sdk/client-lambda';
import { HeadBucketCommand } from '@aws-sdk/client-s3';
import { DescribeSecretCommand } from '@aws-sdk/client-secrets-manager';
import { GetQueueUrlCommand } from '@aws-sdk/client-sqs';
import type { Aws } from '../aws';
import { missing } from '../deployed';
import { type Finding, ok, unasked, wrong } from '../finding';
import { at, list } from '../json';
import type { Question } from '../question';
import { Unanswered, reason, unless } from '../unanswered';
import { regionsOf, resolved, type WantedResource } from '../wanted';

/** A name that must be free. */
export interface Name {
  readonly region: string;
  /** CloudFormation's type of what is called so. */
  readonly type: string;
  readonly name: string;
}

/** A type of resource that a template may give a name of its own. */
interface Named {
  /** Where the template says the name. */
  readonly property: string;
  /** Where else than in its own region it must be free: a property of each element, and the list of them. */
  readonly copies?: { readonly list: string; readonly region: string };
  /** What it is, in a sentence. */
  readonly noun: string;
  /** Whether there is one. */
  readonly isThere: (aws: Aws, name: Name) => Promise<boolean>;
  /** What deletes it. */
  readonly deletion: (name: Name) => string;
}

/**
 * Every type that this deployment names itself and that can outlive its stack. Names that CloudFormation makes up, or that have
 * the stack's id in them, are never taken.
 */
export const NAMED: Readonly<Record<string, Named>> = {
  'AWS::S3::Bucket': {
    property: 'BucketName',
    noun: 'bucket',
    isThere: async (aws, { region, name }) =>
      (await unless(aws.s3(region).send(new HeadBucketCommand({ Bucket: name })), 404)) !== undefined,
    deletion: ({ region, name }) => `aws s3 rb s3://${name} --force --region ${region}`,
  },
  'AWS::SQS::Queue': {
    property: 'QueueName',
    noun: 'queue',
    isThere: async (aws, { region, name }) =>
      (await unless(
        aws.sqs(region).send(new GetQueueUrlCommand({ QueueName: name })),
        'QueueDoesNotExist',
        'AWS.SimpleQueueService.NonExistentQueue',
      )) !== undefined,
    deletion: ({ region, name }) =>
      `aws sqs delete-queue --region ${region} --queue-url "$(aws sqs get-queue-url --region ${region} --queue-name ${name} --query QueueUrl --output text)"`,
  },
  'AWS::SecretsManager::Secret': {
    property: 'Name',
    copies: { list: 'ReplicaRegions', region: 'Region' },
    noun: 'secret',
    // Also one that waits for its deletion: until then its name is taken.
    isThere: async (aws, { region, name }) =>
      (await unless(
        aws.secrets(region).send(new DescribeSecretCommand({ SecretId: name })),
        'ResourceNotFoundException',
      )) !== undefined,
    deletion: ({ region, name }) =>
      `aws secretsmanager delete-secret --force-delete-without-recovery --secret-id ${name} --region ${region}`,
  },
  'AWS::Logs::LogGroup': {
    property: 'LogGroupName',
    noun: 'log group',
    isThere: async (aws, { region, name }) => {
      const { logGroups = [] } = await aws
        .logs(region)
        .send(new DescribeLogGroupsCommand({ logGroupNamePrefix: name }));
      return logGroups.some(({ logGroupName }) => logGroupName === name);
    },
    deletion: ({ region, name }) => `aws logs delete-log-group --log-group-name ${name} --region ${region}`,
  },
  'AWS::Lambda::Function': functionNamed('FunctionName'),
  // AWS's transform makes a function of that name.
  'AWS::SecretsManager::RotationSchedule': functionNamed('HostedRotationLambda.RotationLambdaName'),
};

function functionNamed(property: string): Named {
  return {
    property,
    noun: 'function',
    isThere: async (aws, { region, name }) =>
      (await unless(
        aws.lambda(region).send(new GetFunctionConfigurationCommand({ FunctionName: name })),
        'ResourceNotFoundException',
      )) !== undefined,
    deletion: ({ region, name }) => `aws lambda delete-function --function-name ${name} --region ${region}`,
  };
}

/** The names that resources give, as they will be in this account. */
export function namesOf(resources: readonly WantedResource[], account: string): readonly Name[] {
  return resources.flatMap(({ type, properties, stack, region }) => {
    const named = NAMED[type];
    const name = named && resolved(at(properties, named.property), { account, region, stack });
    if (named === undefined || name === undefined) {
      return [];
    }
    const { copies } = named;
    const elsewhere =
      copies === undefined
        ? []
        : list(at(properties, copies.list)).flatMap((copy) => {
            const there = resolved(at(copy, copies.region), { account, region, stack });
            return there === undefined ? [] : [there];
          });
    return [region, ...elsewhere].map((place) => ({ type, name, region: place }));
  });
}

/** What is known of a name: taken, free, or why that could not be asked. */
export type Taken = boolean | { readonly why: string };

export function judgeNames(
  asked: readonly { readonly name: Name; readonly taken: Taken }[],
): readonly Finding[] {
  const free = asked.filter(({ taken }) => taken === false);
  const others = asked.flatMap(({ name, taken }): readonly Finding[] => {
    const named = NAMED[name.type];
    const what = `${named?.noun ?? name.type} ${name.name}`;
    if (taken === false || named === undefined) {
      return [];
    }
    return taken === true
      ? [
          wrong(
            `a ${what} is there, left by an earlier try`,
            'a name that is free; look at what is in it, for this deletes it',
            named.deletion(name),
          ),
        ]
      : [unasked(`whether a ${what} is there: ${taken.why}`)];
  });
  return free.length > 0 || others.length === 0
    ? [
        ok(
          free.length === 0
            ? 'every name is given already'
            : `free: ${free.map(({ name }) => name.name).join(', ')}`,
        ),
        ...others,
      ]
    : others;
}

export const leftovers: Question = {
  title: 'leftovers',
  places: ({ wanted }) => regionsOf(wanted),
  answer: async ({ aws, account, deployed, wanted }, region) => {
    const there = (await Promise.all(regionsOf(wanted).map(deployed))).flat();
    const names = namesOf(missing(there, wanted.resources), account).filter((name) => name.region === region);
    return judgeNames(
      await Promise.all(names.map(async (name) => ({ name, taken: await isTaken(aws, name) }))),
    );
  },
};

async function isTaken(aws: Aws, name: Name): Promise<Taken> {
  try {
    return (await NAMED[name.type]?.isThere(aws, name)) ?? false;
  } catch (error) {
    // S3 says no more to those who may not look, and to those who do not own it.
    const owner =
      name.type === 'AWS::S3::Bucket' && error instanceof Unanswered && error.status === 403
        ? ', or it is another account’s'
        : '';
    return { why: `${reason(error)}${owner}` };
  }
}
