/** Whether a region is bootstrapped, and whether servers can read what is uploaded there. */
import { DescribeStackResourcesCommand } from '@aws-sdk/client-cloudformation';
import { GetBucketEncryptionCommand } from '@aws-sdk/client-s3';
import { GetParameterCommand } from '@aws-sdk/client-ssm';
import { type Finding, ok, unasked, wrong } from '../finding';
import type { Examination, Question } from '../question';
import { unless } from '../unanswered';
import { type Bootstrap, filled } from '../wanted';

/** What is known of a region's bootstrap. */
export interface Bootstrapped {
  readonly account: string;
  readonly region: string;
  /** Undefined where the region is not bootstrapped. */
  readonly version: number | undefined;
  readonly neededVersion: number;
  readonly bucket: string;
  /** The key that S3 encrypts the bucket with, where it is not S3's own; undefined where there is no bucket. */
  readonly key: { readonly customer: string | undefined } | undefined;
  /** Ids of the keys that the bootstrap has made itself. */
  readonly ownKeys: readonly string[];
}

export function judgeBootstrap(there: Bootstrapped): readonly Finding[] {
  const { account, region, version, neededVersion, bucket, key, ownKeys } = there;
  const bootstrap = `npx cdk bootstrap aws://${account}/${region}`;
  if (version === undefined) {
    return [wrong('not bootstrapped', `version ${neededVersion} or later`, bootstrap)];
  }
  if (version < neededVersion) {
    return [wrong(`version ${version}`, `version ${neededVersion} or later`, bootstrap)];
  }
  if (key === undefined) {
    return [
      wrong(
        `version ${version}, but its bucket ${bucket} is gone`,
        'the bucket that bundles are uploaded to',
        `aws cloudformation delete-stack --stack-name CDKToolkit --region ${region} && ${bootstrap}`,
      ),
    ];
  }
  const needed = `version ${neededVersion} or later, with a bucket that servers can read`;
  const { customer } = key;
  if (customer === undefined) {
    return [ok(`version ${version}, its bucket under a key of AWS’s`, needed)];
  }
  return ownKeys.some((own) => customer.endsWith(own))
    ? // Its policy admits every role of the account that comes through S3 (aws-cdk's bootstrap-template.yaml).
      [ok(`version ${version}, its bucket under a customer key that lets this account’s roles in`, needed)]
    : [
        ok(`version ${version}`, needed),
        unasked(
          `its bucket is under ${customer}, which bootstrap has not made; only its policy says whether servers may decrypt by it`,
          `aws kms get-key-policy --policy-name default --key-id ${customer} --region ${region}`,
        ),
      ];
}

export const bootstrap: Question = {
  title: 'bootstrap',
  places: ({ wanted }) => [...new Set(wanted.bootstraps.map(({ region }) => region))],
  answer: async (examination, region) => {
    const here = examination.wanted.bootstraps.filter((one) => one.region === region);
    const [one] = here;
    return one === undefined
      ? []
      : judgeBootstrap(await ask(examination, one, Math.max(...here.map(({ version }) => version))));
  },
};

async function ask(
  { aws, account }: Examination,
  { region, parameter, bucket: template }: Bootstrap,
  neededVersion: number,
): Promise<Bootstrapped> {
  const bucket = filled(template, { account, region, stack: '' }) ?? template;
  const [version, encryption] = await Promise.all([
    unless(aws.ssm(region).send(new GetParameterCommand({ Name: parameter })), 'ParameterNotFound'),
    unless(
      aws.s3(region).send(new GetBucketEncryptionCommand({ Bucket: bucket, ExpectedBucketOwner: account })),
      'NoSuchBucket',
    ),
  ]);
  const rule = encryption?.ServerSideEncryptionConfiguration?.Rules?.[0]?.ApplyServerSideEncryptionByDefault;
  const customer = rule?.KMSMasterKeyID;
  const asked =
    customer === undefined
      ? undefined
      : await unless(
          aws.cloudFormation(region).send(new DescribeStackResourcesCommand({ PhysicalResourceId: bucket })),
          'ValidationError',
        );
  return {
    account,
    region,
    version: version === undefined ? undefined : Number(version.Parameter?.Value),
    neededVersion,
    bucket,
    key:
      encryption === undefined ? undefined : { customer: customer === 'alias/aws/s3' ? undefined : customer },
    ownKeys: (asked?.StackResources ?? []).flatMap(({ ResourceType, PhysicalResourceId }) =>
      ResourceType === 'AWS::KMS::Key' && PhysicalResourceId !== undefined ? [PhysicalResourceId] : [],
    ),
  };
}
