import type * as ec2 from 'aws-cdk-lib/aws-ec2';
import { Construct } from 'constructs';
import { openToUsers } from './open-to-users';

export interface ServerEntranceProps {
  /** The group that the server wears. */
  readonly servers: ec2.ISecurityGroup;
  /** Whether the server itself ends TLS. */
  readonly https: boolean;
}

const OPEN =
  'Below rung 3 the one server is the public entrance; only ports 80 and 443 are open, and no SSH.';

/** Lets the internet in to the one server, on the web's ports and no other. */
export class ServerEntrance extends Construct {
  constructor(scope: Construct, id: string, props: ServerEntranceProps) {
    super(scope, id);
    openToUsers(this, 'Http', props.servers, 80, OPEN);
    if (props.https) {
      openToUsers(this, 'Https', props.servers, 443, OPEN);
    }
  }
}
