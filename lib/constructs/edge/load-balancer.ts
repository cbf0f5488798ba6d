import { Duration } from 'aws-cdk-lib';
import type { ICertificate } from 'aws-cdk-lib/aws-certificatemanager';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as elb from 'aws-cdk-lib/aws-elasticloadbalancingv2';
import type { IBucket } from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { PROBES } from '../../../contract/settings';
import type { Connection } from '../compute/connection';
import type { AlarmDefinition } from '../alarms';
import type { Graph } from '../dashboard';
import { publicIngress } from './public-access';

export interface LoadBalancerProps {
  /** The data center’s network. */
  readonly vpc: ec2.IVpc;
  /** One in each zone. */
  readonly subnets: readonly ec2.ISubnet[];
  /** The port that servers listen on. */
  readonly serverPort: number;
  /** Bucket of the access logs. */
  readonly accessLogs: IBucket;
  /** @default - plain HTTP */
  readonly certificate: ICertificate | undefined;
  /** Whether the whole internet may ask it. If not, another construct adds rules. */
  readonly public: boolean;
}

/** As the application’s own limit for a request (app/routes/wire.ts): 408 without a request, 504 without an answer. */
const IDLE_TIMEOUT = Duration.seconds(15);

const EVERY_MINUTE = { period: Duration.minutes(1) };

const PUBLIC = 'The load balancer is the public entrance; only ports 80 and 443 are open.';

/**
 * An application load balancer over the servers of both zones. It is internet-facing at every rung, because its scheme cannot change in
 * place.
 */
export class LoadBalancer extends Construct {
  readonly resource: elb.ApplicationLoadBalancer;
  readonly targetGroup: elb.ApplicationTargetGroup;
  readonly vpc: ec2.IVpc;
  /** Receives requests of users or of the CDN. */
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
      // The least busy server gets the next request, so a new one needs no slow start, which would keep it from sharing a burst.
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
    // `open: false`: the CDK’s rules would be part of the security group and change with it. Rules that are resources of their own are
    // deleted last, after all else is deployed.
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
        // Where a domain is added, this listener has served users until now.
      }).node.addDependency(this.listener);
    }
    if (props.public) {
      [...new Set([80, this.port])].forEach((port) => {
        // On the way down a rung, users get in before the security group of the CDN is detached.
        this.resource.node.addDependency(publicIngress(this, `Open${port}`, securityGroup, port, PUBLIC));
      });
    }
  }

  /** A server counts as deployed once it is healthy in the target group. */
  get connection(): Connection {
    return {
      server: { TARGET_GROUP_ARN: this.targetGroup.targetGroupArn },
      grant: (servers) => {
        servers.allowAnywhere('elasticloadbalancing:DescribeTargetHealth');
      },
    };
  }

  get alarms(): readonly AlarmDefinition[] {
    const { resource, targetGroup } = this;
    return [
      {
        id: 'UnhealthyServers',
        metric: targetGroup.metrics.unhealthyHostCount({ ...EVERY_MINUTE, statistic: 'Maximum' }),
        comparison: 'GreaterThanThreshold',
        threshold: 0,
        evaluationPeriods: 10,
        treatMissingData: 'notBreaching',
        meaning: 'A server has failed its health check for ten minutes and has not been replaced.',
        firstStep: 'ask the target group why, then read that server’s log.',
        runbook: 'unhealthy-servers',
      },
      {
        id: 'NoHealthyServer',
        metric: targetGroup.metrics.healthyHostCount({ ...EVERY_MINUTE, statistic: 'Maximum' }),
        comparison: 'LessThanThreshold',
        threshold: 1,
        evaluationPeriods: 3,
        treatMissingData: 'breaching',
        meaning: 'The load balancer has had no healthy server for three minutes: users get errors.',
        firstStep: 'see whether the database answers, for servers without one are not ready.',
        runbook: 'no-healthy-server',
      },
      {
        id: 'ServerErrors',
        metric: targetGroup.metrics.httpCodeTarget(elb.HttpCodeTarget.TARGET_5XX_COUNT, EVERY_MINUTE),
        comparison: 'GreaterThanThreshold',
        threshold: 10,
        evaluationPeriods: 3,
        treatMissingData: 'notBreaching',
        meaning: 'The application has answered over ten requests a minute with 5xx for three minutes.',
        firstStep: 'read the errors in the servers’ log group.',
        runbook: 'server-errors',
      },
      {
        id: 'LoadBalancerErrors',
        metric: resource.metrics.httpCodeElb(elb.HttpCodeElb.ELB_5XX_COUNT, EVERY_MINUTE),
        comparison: 'GreaterThanThreshold',
        threshold: 10,
        evaluationPeriods: 3,
        treatMissingData: 'notBreaching',
        meaning:
          'The load balancer itself has answered over ten requests a minute with 5xx for three minutes.',
        firstStep: 'see how many servers are healthy: it answers so when none takes the request.',
        runbook: 'load-balancer-errors',
      },
      {
        id: 'Latency',
        metric: targetGroup.metrics.targetResponseTime({ ...EVERY_MINUTE, statistic: 'p99' }),
        comparison: 'GreaterThanThreshold',
        threshold: 1,
        evaluationPeriods: 5,
        treatMissingData: 'notBreaching',
        meaning: 'One request in a hundred has taken over a second for five minutes.',
        firstStep:
          'compare the CPU of servers and database on the dashboard: the fuller one is the bottleneck.',
        runbook: 'latency',
      },
    ];
  }

  get graphs(): readonly Graph[] {
    const { resource, targetGroup } = this;
    return [
      { title: 'Requests', metrics: [targetGroup.metrics.requestCount()] },
      {
        title: 'Errors',
        metrics: [
          targetGroup.metrics.httpCodeTarget(elb.HttpCodeTarget.TARGET_5XX_COUNT),
          resource.metrics.httpCodeElb(elb.HttpCodeElb.ELB_5XX_COUNT),
        ],
      },
      {
        title: 'Time to answer (s)',
        metrics: [
          targetGroup.metrics.targetResponseTime({ statistic: 'p50' }),
          targetGroup.metrics.targetResponseTime({ statistic: 'p99' }),
        ],
      },
    ];
  }
}
