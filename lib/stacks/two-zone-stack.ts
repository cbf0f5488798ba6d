import { Fn, Stack } from 'aws-cdk-lib';

/**
 * A stack in the first two zones of its region, named when it is deployed: with a concrete environment the CDK would
 * look them up in the account, and synthesis needs none.
 */
export abstract class TwoZoneStack extends Stack {
  override get availabilityZones(): string[] {
    const zones = Fn.getAzs();
    return [Fn.select(0, zones), Fn.select(1, zones)];
  }
}
