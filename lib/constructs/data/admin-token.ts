import type { IKey } from 'aws-cdk-lib/aws-kms';
import { type ISecret, Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { Validations } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import type { Connection } from '../compute/connection';
import { allowReading, allowReadingCopy } from './read-secret';
import type { Protection } from '../protection';

export interface AdminTokenProps {
  /** Where else it must be known: in the regions of further data centers. */
  readonly otherRegions: readonly string[];
  readonly key: IKey;
  readonly protection: Protection;
}

/** Servers of a further data center fetch their region's copy of the token when they boot. */
export function adminTokenCopy(secretArn: string): Connection {
  return {
    server: { ADMIN_TOKEN_SECRET_ARN: secretArn },
    grant: (servers) => {
      allowReadingCopy(secretArn, servers);
    },
  };
}

/** The bearer token that may delete links, made up by Secrets Manager and known to nobody else. */
export class AdminToken extends Construct {
  readonly secret: ISecret;
  private readonly key: IKey;

  constructor(scope: Construct, id: string, props: AdminTokenProps) {
    super(scope, id);
    this.key = props.key;
    // eslint-disable-next-line @typescript-eslint/consistent-type-assertions -- aws-cdk-lib is not written for exactOptionalPropertyTypes
    this.secret = new Secret(this, 'Resource', {
      description: 'Bearer token that may delete links (ADMIN_TOKEN)',
      encryptionKey: props.key,
      ...(props.otherRegions.length === 0
        ? {}
        : { replicaRegions: props.otherRegions.map((region) => ({ region })) }),
      removalPolicy: props.protection.removalPolicy,
      // Letters and digits alone: it goes into headers and into a file of KEY=value lines.
      generateSecretString: { passwordLength: 48, excludePunctuation: true },
    }) as ISecret;
    Validations.of(this.secret).acknowledge({
      id: 'AwsSolutions-SMG4',
      reason:
        'Operators hold copies of this token: a rotation on a schedule would lock them out unannounced. It is changed by hand, see docs/runbook.md#change-the-admin-token.',
    });
  }

  /** Servers fetch the token when they boot. */
  get connection(): Connection {
    const { secret, key } = this;
    return {
      server: { ADMIN_TOKEN_SECRET_ARN: secret.secretArn },
      grant: (servers) => {
        allowReading(secret, key, servers);
      },
    };
  }
}
