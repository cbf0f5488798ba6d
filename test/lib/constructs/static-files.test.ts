import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { Match } from 'aws-cdk-lib/assertions';
import { bundleServer, bundleStaticFiles } from '../../../lib/constructs/compute/bundle';
import { StaticFiles } from '../../../lib/constructs/edge/static-files';
import { applyFunctionDefaults } from '../../../lib/constructs/function-defaults';
import type { Protection } from '../../../lib/constructs/protection';
import { inStack, PRODUCTION, SANDBOX, surroundings } from './in-stack';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'zero-to-million-static-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

function staticFiles(protection: Protection, entry?: string): ReturnType<typeof inStack> {
  return inStack((stack) => {
    const kept = { key: surroundings(stack).key, protection };
    new StaticFiles(stack, 'StaticFiles', { ...kept, entry });
    applyFunctionDefaults(stack, kept);
  });
}

describe('static files', () => {
  it('are not public by themselves', () => {
    staticFiles(PRODUCTION).hasResourceProperties('AWS::S3::Bucket', {
      PublicAccessBlockConfiguration: {
        BlockPublicAcls: true,
        BlockPublicPolicy: true,
        IgnorePublicAcls: true,
        RestrictPublicBuckets: true,
      },
    });
  });

  it('may be kept for a year', () => {
    staticFiles(PRODUCTION).hasResourceProperties('Custom::CDKBucketDeployment', {
      SystemMetadata: { 'cache-control': 'public, max-age=31536000, immutable' },
    });
  });

  it('are never taken away, so that a page from before a deployment finds its own', () => {
    staticFiles(PRODUCTION).hasResourceProperties('Custom::CDKBucketDeployment', {
      Prune: false,
    });
  });

  it('go when their copying is taken back, for S3 deletes no bucket that holds any', () => {
    staticFiles(PRODUCTION).hasResourceProperties('Custom::CDKBucketDeployment', { RetainOnDelete: false });
  });

  it('are kept in production', () => {
    staticFiles(PRODUCTION).hasResource('AWS::S3::Bucket', { DeletionPolicy: 'RetainExceptOnCreate' });
  });

  it('go with a sandbox', () => {
    const template = staticFiles(SANDBOX);
    template.hasResource('AWS::S3::Bucket', { DeletionPolicy: 'Delete' });
    template.resourceCountIs('Custom::S3AutoDeleteObjects', 1);
  });

  it('are copied by a function on the processor that its layer is made for', () => {
    staticFiles(PRODUCTION).hasResourceProperties('AWS::Lambda::Function', {
      Layers: Match.anyValue(),
      Architectures: ['x86_64'],
    });
  });

  it('are none, and no function copies any, where an application has none', () => {
    const entry = join(folder, 'main.ts');
    writeFileSync(entry, '');
    staticFiles(PRODUCTION, entry).resourceCountIs('Custom::CDKBucketDeployment', 0);
  });

  it('have the names by which servers’ pages know them', () => {
    const [server, bucket] = ['server', 'bucket'].map((name) => join(folder, name));
    const options = { root: resolve(__dirname, '../../..'), entry: undefined };
    [server, bucket].forEach((path) => {
      mkdirSync(path ?? folder);
    });
    bundleServer({ ...options, folder: server ?? folder });
    bundleStaticFiles({ ...options, folder: bucket ?? folder });
    expect(readdirSync(join(bucket ?? folder, 'static')).sort()).toEqual(
      readdirSync(join(server ?? folder, 'web', 'static')).sort(),
    );
  });
});
