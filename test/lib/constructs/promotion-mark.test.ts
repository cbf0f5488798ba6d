import { Match } from 'aws-cdk-lib/assertions';
import fc from 'fast-check';
import { MARK_PATH } from '../../../contract/promotion';
import { markBucketName, PromotionMark } from '../../../lib/constructs/data/promotion-mark';
import type { Protection } from '../../../lib/constructs/protection';
import { REGIONS } from '../../../lib/regions';
import { resolved } from '../../support/application';
import { at, list } from '../../support/cloud-assembly';
import { inStack, PRODUCTION, SANDBOX, written } from './in-stack';

let key: string | undefined;

function mark(protection: Protection): ReturnType<typeof inStack> {
  return inStack((stack) => {
    key = new PromotionMark(stack, 'Mark', { deployment: 'shop', protection }).key;
  });
}

const template = mark(PRODUCTION);
const name = (deployment: string, region: string): string =>
  written(resolved(markBucketName(deployment, region)));

/** The statements of the bucket’s policy, a line each: effect, principal and action. */
function said(made: ReturnType<typeof inStack>): readonly string[] {
  return Object.values(made.findResources('AWS::S3::BucketPolicy'))
    .flatMap((policy) => list(at(policy, 'Properties.PolicyDocument.Statement')))
    .map((statement) => {
      const principal = at(statement, 'Principal.Service') ?? at(statement, 'Principal.AWS');
      return [at(statement, 'Effect'), principal, at(statement, 'Action')].map(String).join(' ');
    });
}

describe('the mark of a promotion', () => {
  it('is one object, under the path at which health checks ask for it', () => {
    expect(key).toBe(`${MARK_PATH.slice(1)}/us-east-1`);
  });

  it('is read by CloudFront alone, and only by TLS', () => {
    expect(said(template)).toEqual(['Deny * s3:*', 'Allow cloudfront.amazonaws.com s3:GetObject']);
  });

  it('is read by this account’s distributions alone', () => {
    const [statement] = Object.values(template.findResources('AWS::S3::BucketPolicy'))
      .flatMap((policy) => list(at(policy, 'Properties.PolicyDocument.Statement')))
      .filter((one) => at(one, 'Effect') === 'Allow');
    expect(written(at(at(statement, 'Condition.ArnLike'), 'aws:SourceArn'))).toBe(
      'arn:aws:cloudfront::123456789012:distribution/*',
    );
  });

  it('is refused without TLS', () => {
    template.hasResourceProperties('AWS::S3::BucketPolicy', {
      PolicyDocument: {
        Statement: Match.arrayWith([
          Match.objectLike({ Effect: 'Deny', Condition: { Bool: { 'aws:SecureTransport': 'false' } } }),
        ]),
      },
    });
  });

  it('is encrypted by S3’s own key, for CloudFront has no right to ours', () => {
    template.hasResourceProperties('AWS::S3::Bucket', {
      BucketEncryption: {
        ServerSideEncryptionConfiguration: [{ ServerSideEncryptionByDefault: { SSEAlgorithm: 'AES256' } }],
      },
    });
  });

  it('is in a bucket that cannot be made public, whose objects are the account’s', () => {
    template.hasResourceProperties('AWS::S3::Bucket', {
      PublicAccessBlockConfiguration: {
        BlockPublicAcls: true,
        BlockPublicPolicy: true,
        IgnorePublicAcls: true,
        RestrictPublicBuckets: true,
      },
      OwnershipControls: { Rules: [{ ObjectOwnership: 'BucketOwnerEnforced' }] },
    });
  });

  it('never expires: it stays until it is deleted', () => {
    const rules = Object.values(template.findResources('AWS::S3::Bucket')).flatMap((bucket) =>
      list(at(bucket, 'Properties.LifecycleConfiguration.Rules')).flatMap((rule) => Object.keys(rule ?? {})),
    );
    expect(rules.filter((rule) => rule.includes('Expiration'))).toEqual([]);
  });

  it('is never emptied in production, so that S3 deletes its bucket only while there is none', () => {
    template.hasResource('AWS::S3::Bucket', { DeletionPolicy: 'Delete' });
    template.resourceCountIs('Custom::S3AutoDeleteObjects', 0);
  });

  it('goes with a sandbox, and its bucket with it', () => {
    const sandbox = mark(SANDBOX);
    sandbox.hasResource('AWS::S3::Bucket', { DeletionPolicy: 'Delete' });
    sandbox.resourceCountIs('Custom::S3AutoDeleteObjects', 1);
  });
});

describe('the name of its bucket', () => {
  const deployments = fc.stringMatching(/^[a-z][a-z0-9-]{0,28}[a-z0-9]$/);

  it('is the one that the bucket has', () => {
    const [bucket] = Object.values(template.findResources('AWS::S3::Bucket'));
    expect(written(at(bucket, 'Properties.BucketName'))).toBe(name('shop', 'us-east-1'));
  });

  it('is one that S3 takes, in every region and under the longest name', () => {
    fc.assert(
      fc.property(deployments, fc.constantFrom(...REGIONS), (deployment, region) => {
        expect(name(deployment, region)).toMatch(/^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$/);
      }),
    );
    const longest = REGIONS.map((region) => name('a'.repeat(30), region).length);
    expect(Math.max(...longest)).toBeLessThanOrEqual(63);
  });

  it('differs from region to region', () => {
    expect(new Set(REGIONS.map((region) => name('shop', region))).size).toBe(REGIONS.length);
  });
});
