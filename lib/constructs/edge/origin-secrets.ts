import { RemovalPolicy, SecretValue, Validations } from 'aws-cdk-lib';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';

/** The header by which CloudFront proves to the load balancer that a request came through it, and not around it. */
export const ORIGIN_HEADER = 'X-Origin-Verify';

/** Two values of the header by their secrets' names: the one that CloudFront sends, and the one that it sends next. */
export type OriginSecretNames = readonly [sent: string, next: string];

/**
 * The names of the secrets. They are ours and not CloudFormation's, because stacks in other regions know them too,
 * and no value crosses regions.
 */
export function originSecretNames(deployment: string, number: number): OriginSecretNames {
  return [originSecretName(deployment, number), originSecretName(deployment, number + 1)];
}

function originSecretName(deployment: string, number: number): string {
  return `${deployment}-origin-${number}`;
}

/** The secret's value, found by CloudFormation when it deploys, in the region of the stack that says this. */
export function originSecretValue(name: string): string {
  return SecretValue.secretsManager(name).unsafeUnwrap();
}

export interface OriginSecretsProps {
  /** What the deployment's stacks are called. */
  readonly deployment: string;
  /** Of the value that CloudFront sends. */
  readonly number: number;
  /** Where else CloudFormation must find them. */
  readonly otherRegions: readonly string[];
  readonly key: IKey;
}

/**
 * The values of the header, made up by Secrets Manager. Each is known by its number, so that a new one is another. The
 * one before is kept as well: a stack that still refers to it could not be updated without it (aws-cdk#24130).
 */
export class OriginSecrets extends Construct {
  constructor(scope: Construct, id: string, props: OriginSecretsProps) {
    super(scope, id);
    const numbers = [props.number - 1, props.number, props.number + 1].filter((number) => number > 0);
    for (const number of numbers) {
      const secret = new Secret(this, String(number), {
        secretName: originSecretName(props.deployment, number),
        description: `A value of the header ${ORIGIN_HEADER}`,
        encryptionKey: props.key,
        replicaRegions: props.otherRegions.map((region) => ({ region })),
        // A value can be made up again at any time, and one that is kept would stand in the way of its own name.
        removalPolicy: RemovalPolicy.DESTROY,
        // Letters and digits alone: the load balancer would take * and ? for wildcards.
        generateSecretString: { passwordLength: 48, excludePunctuation: true },
      });
      Validations.of(secret).acknowledge({
        id: 'AwsSolutions-SMG4',
        reason:
          'CloudFront and the load balancer must change it together: raising originSecret does so without an outage. See docs/runbook.md#change-the-origins-secret.',
      });
    }
  }
}
