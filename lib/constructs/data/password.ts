import { type ISecret, Secret } from 'aws-cdk-lib/aws-secretsmanager';
import type { Construct } from 'constructs';
import type { ProtectedDataProps } from '../protection';

export interface PasswordProps extends ProtectedDataProps {
  /** What it is for. */
  readonly description: string;
  /** The user that it belongs to. */
  readonly username: string;
  /**
   * Regions that get a copy, encrypted by AWS’s own key.
   *
   * @default - none
   */
  readonly replicaRegions?: readonly string[];
}

/** A secret with `username` and a `password` of letters and digits: Amazon MQ takes no comma, colon or equals sign, and an address no more. */
export function passwordOf(scope: Construct, props: PasswordProps): ISecret {
  const { description, username, key, protection, replicaRegions = [] } = props;
  // eslint-disable-next-line @typescript-eslint/consistent-type-assertions -- aws-cdk-lib is not written for exactOptionalPropertyTypes
  return new Secret(scope, 'Password', {
    description,
    encryptionKey: key,
    ...(replicaRegions.length === 0 ? {} : { replicaRegions: replicaRegions.map((region) => ({ region })) }),
    removalPolicy: protection.removalPolicy,
    generateSecretString: {
      secretStringTemplate: JSON.stringify({ username }),
      generateStringKey: 'password',
      passwordLength: 32,
      excludePunctuation: true,
    },
  }) as ISecret;
}
