import { Duration, Validations } from 'aws-cdk-lib';
import type { ICertificate } from 'aws-cdk-lib/aws-certificatemanager';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as elb from 'aws-cdk-lib/aws-elasticloadbalancingv2';
import type { IBucket } from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { PROBES } from '../../../contract/settings';
import type { Connection } from '../compute/connection';

export interface LoadBalancerProps {
  readonly vpc: ec2.IVpc;
  /** One in each zone. */
  readonly subnets: readonly ec2.ISubnet[];
  /** The port that servers listen on. */
  readonly serverPort: number;
  readonly accessLogs: IBucket;
  /** @default - plain HTTP */
  readonly certificate: ICertificate | undefined;
}

/**
 * Spreads requests over the healthy servers of both zones. It faces the internet from birth, for its scheme cannot
 * change in place.
 */
export class LoadBalancer extends Construct {
  readonly resource: elb.ApplicationLoadBalancer;
  readonly targetGroup: elb.ApplicationTargetGroup;

  constructor(scope: Construct, id: string, props: LoadBalancerProps) {
    super(scope, id);
    const securityGroup = new ec2.SecurityGroup(this, 'Group', {
      vpc: props.vpc,
      description: 'The load balancer: open to the internet',
      allowAllOutbound: false,
    });
    Validations.of(securityGroup).acknowledge({
      id: 'AwsSolutions-EC23',
      reason: 'The load balancer is the public entrance; only ports 80 and 443 are open.',
    });
    this.resource = new elb.ApplicationLoadBalancer(this, 'Resource', {
      vpc: props.vpc,
      vpcSubnets: { subnets: [...props.subnets] },
      internetFacing: true,
      securityGroup,
      dropInvalidHeaderFields: true,
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
    if (props.certificate === undefined) {
      this.resource.addListener('Http', {
        port: 80,
        protocol: elb.ApplicationProtocol.HTTP,
        defaultAction: forward,
      });
    } else {
      this.resource.addListener('Https', {
        port: 443,
        protocol: elb.ApplicationProtocol.HTTPS,
        certificates: [props.certificate],
        sslPolicy: elb.SslPolicy.TLS13_12_RES_PQ,
        defaultAction: forward,
      });
      this.resource.addListener('Http', {
        port: 80,
        protocol: elb.ApplicationProtocol.HTTP,
        defaultAction: elb.ListenerAction.redirect({ protocol: 'HTTPS', port: '443', permanent: true }),
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
