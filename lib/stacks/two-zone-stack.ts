import { Fn, Stack, type StackProps } from 'aws-cdk-lib';
import type { Construct } from 'constructs';

interface TwoZoneStackProps extends StackProps {
  /** Names of two availability zones of the region. @default - its first two */
  readonly zones?: readonly string[];
}

/**
 * A stack in two availability zones of its region. Unnamed zones are found at the deployment: with a concrete environment the CDK would
 * look them up in the account, and synthesis needs no account.
 */
export abstract class TwoZoneStack extends Stack {
  private readonly zones: readonly string[];

  constructor(scope: Construct, id: string, { zones = [], ...props }: TwoZoneStackProps) {
    super(scope, id, props);
    this.zones = zones;
  }

  override get availabilityZones(): string[] {
    const all = Fn.getAzs();
    return this.zones.length > 0 ? [...this.zones] : [Fn.select(0, all), Fn.select(1, all)];
  }
}
