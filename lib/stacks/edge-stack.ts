import { type Environment, Stack } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { DomainRecord, originName } from '../constructs/edge/records';
import type { Domain } from '../settings';

export interface EdgeStackProps {
  readonly env: Environment;
  readonly domain: Domain;
  /** The data center that users are led to. */
  readonly primaryRegion: string;
}

/** What stands before every data center. It is found by name and not by reference, so no value crosses regions. */
export class EdgeStack extends Stack {
  constructor(scope: Construct, id: string, props: EdgeStackProps) {
    super(scope, id, { env: props.env, description: 'zero-to-million: what stands before the data centers' });
    new DomainRecord(this, 'Domain', {
      hostedZoneId: props.domain.hostedZoneId,
      domainName: props.domain.name,
      originName: originName(props.primaryRegion, props.domain.name),
    });
  }
}
