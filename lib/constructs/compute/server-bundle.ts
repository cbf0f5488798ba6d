import { Stack } from 'aws-cdk-lib';
import { Asset } from 'aws-cdk-lib/aws-s3-assets';
import { Construct } from 'constructs';
import { resolve } from 'node:path';
import { bundleServer, checkEntry } from './bundle';
import type { Connection } from './connection';
import { bundledBy } from './local-bundling';

export interface ServerBundleProps {
  /** Absolute path of a team’s own server entry. @default - app/server.ts */
  readonly entry: string | undefined;
}

const ROOT = resolve(__dirname, '../../..');

/**
 * All that a server runs, as one archive: the application, its page, and the scripts that boot it.
 *
 * @throws Refusal if a team’s own entry cannot be bundled
 */
export class ServerBundle extends Construct {
  /** Where the archive is, `s3://bucket/key`. */
  readonly url: string;
  private readonly asset: Asset;

  constructor(scope: Construct, id: string, props: ServerBundleProps) {
    super(scope, id);
    if (props.entry !== undefined && Stack.of(this).bundlingRequired) {
      checkEntry(ROOT, props.entry);
    }
    this.asset = new Asset(this, 'Resource', {
      path: resolve(ROOT, 'server'),
      // Servers are replaced when the bundle changes, and not for a comment in the sources.
      ...bundledBy((folder) => {
        bundleServer({ root: ROOT, entry: props.entry, folder });
      }),
    });
    this.url = this.asset.s3ObjectUrl;
  }

  /** Servers may read this archive, and nothing else in the bucket. */
  get connection(): Connection {
    const { s3BucketName, s3ObjectKey } = this.asset;
    return {
      grant: (servers) => {
        servers.allow({
          actions: ['s3:GetObject'],
          resources: [`arn:${Stack.of(this).partition}:s3:::${s3BucketName}/${s3ObjectKey}`],
        });
      },
    };
  }
}
