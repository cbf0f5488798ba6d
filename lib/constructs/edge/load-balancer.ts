import { Duration } from 'aws-cdk-lib';
import type { ICertificate } from 'aws-cdk-lib/aws-certificatemanager';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as elb from 'aws-cdk-lib/aws-elasticloadbalancingv2';
import type { IBucket } from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { PROBES } from '../../../contract/settings';
import type { Connection } from '../compute/connection';
import { openToUsers } from './open-to-users';

export interface LoadBalancerProps {
  readonly vpc: ec2.IVpc;
  /** One in each zone. */
  readonly subnets: readonly ec2.ISubnet[];
  /** The port that servers listen on. */
  readonly serverPort: number;
  readonly accessLogs: IBucket;
  /** @default - plain HTTP */
  readonly certificate: ICertificate | undefined;
  /** Whether everybody may ask it; who else may is then said elsewhere. */
  readonly open: boolean;
}

/**
 * How long nothing may move on a connection, as the application's own limit for a request (app/routes/wire.ts): a head that never
 * comes is given up with 408, an answer that has not begun with 504.
 */
const IDLE_TIMEOUT = Duration.seconds(15);

const OPEN = 'The load balancer is the public entrance; only ports 80 and 443 are open.';

/**
 * Spreads requests over the healthy servers of both zones. It faces the internet from birth, for its scheme cannot
 * change in place.
 */
export class LoadBalancer extends Construct {
  readonly resource: elb.ApplicationLoadBalancer;
  readonly targetGroup: elb.ApplicationTargetGroup;
  readonly securityGroup: ec2.ISecurityGroup;
  readonly vpc: ec2.IVpc;
  /** Where users', or the CDN's, requests arrive. */
  readonly listener: elb.ApplicationListener;
  /** The port of `listener`. */
  readonly port: number;

  constructor(scope: Construct, id: string, props: LoadBalancerProps) {
    super(scope, id);
    const securityGroup = new ec2.SecurityGroup(this, 'Group', {
      vpc: props.vpc,
      description: 'The load balancer',
      allowAllOutbound: false,
    });
    this.securityGroup = securityGroup;
    this.vpc = props.vpc;
    this.resource = new elb.ApplicationLoadBalancer(this, 'Resource', {
      vpc: props.vpc,
      vpcSubnets: { subnets: [...props.subnets] },
      internetFacing: true,
      securityGroup,
      dropInvalidHeaderFields: true,
      idleTimeout: IDLE_TIMEOUT,
    });
    this.resource.logAccessLogs(props.accessLogs);
    this.targetGroup = new elb.ApplicationTargetGroup(this, 'Servers', {
      vpc: props.vpc,
      protocol: elb.ApplicationProtocol.HTTP,
      port: props.serverPort,
      targetType: elb.TargetType.INSTANCE,
      // A request goes to the least busy server, so a new one is not given more than it can take: no slow start,
      // which would only keep it from sharing a burst.
      loadBalancingAlgorithmType: elb.TargetGroupLoadBalancingAlgorithmType.LEAST_OUTSTANDING_REQUESTS,
      deregistrationDelay: Duration.seconds(30),
      healthCheck: {
        path: PROBES.ready,
        interval: Duration.seconds(10),
        timeout: Duration.seconds(5),
        healthyThresholdCount: 2,
        unhealthyThresholdCount: 3,
      },
    });
    const forward = elb.ListenerAction.forward([this.targetGroup]);
    // Never opened by the CDK: its rules would stand in the group itself and change with it, where rules of their own
    // go last, after all else has been deployed.
    const listen = (protocol: elb.ApplicationProtocol, props: Partial<elb.BaseApplicationListenerProps>) =>
      this.resource.addListener(protocol === elb.ApplicationProtocol.HTTPS ? 'Https' : 'Http', {
        protocol,
        open: false,
        ...props,
      });
    if (props.certificate === undefined) {
      this.port = 80;
      this.listener = listen(elb.ApplicationProtocol.HTTP, { port: 80, defaultAction: forward });
    } else {
      this.port = 443;
      this.listener = listen(elb.ApplicationProtocol.HTTPS, {
        port: 443,
        certificates: [props.certificate],
        sslPolicy: elb.SslPolicy.TLS13_12_RES_PQ,
        defaultAction: forward,
      });
      listen(elb.ApplicationProtocol.HTTP, {
        port: 80,
        defaultAction: elb.ListenerAction.redirect({ protocol: 'HTTPS', port: '443', permanent: true }),
        // Where a domain is added, it has answered until now.
      }).node.addDependency(this.listener);
    }
    if (props.open) {
      [...new Set([80, this.port])].forEach((port) => {
        // Before the load balancer takes off the group by which a CDN reached it, on the way down.
        this.resource.node.addDependency(openToUsers(this, `Open${port}`, securityGroup, port, OPEN));
      });
    }
  }

  /** A server counts as deployed once the target group calls it healthy; asking takes no resource. */
  get connection(): Connection {
    return {
      server: { TARGET_GROUP_ARN: this.targetGroup.targetGroupArn },
      grant: (servers) => {
        servers.allowAnywhere('elasticloadbalancing:DescribeTargetHealth');
      },
    };
  }
}
