import { CfnOutput, Duration, type Environment } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import type { IBucket } from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';
import { MARK_PATH } from '../../contract/promotion';
import { type ClickQueue, clickQueueIn } from '../constructs/async/click-queue';
import { ClickWorker } from '../constructs/async/click-worker';
import type { Connection } from '../constructs/compute/connection';
import { ServerAlarms } from '../constructs/compute/server-alarms';
import { ServerBundle } from '../constructs/compute/server-bundle';
import { Servers } from '../constructs/compute/servers';
import type { DataCenterDatabase } from '../constructs/data/database';
import type { FixedAddress } from '../constructs/data/fixed-address';
import { Dashboard } from '../constructs/dashboard';
import { CdnEntrance } from '../constructs/edge/cdn-entrance';
import { LoadBalancerCertificate, ServerCertificate } from '../constructs/edge/certificates';
import { DataCenterRouting, readsName, writesName } from '../constructs/edge/data-center-routing';
import { Front } from '../constructs/edge/front';
import { LoadBalancer } from '../constructs/edge/load-balancer';
import { LoadBalancerAlarms } from '../constructs/edge/load-balancer-alarms';
import { originSecretNames } from '../constructs/edge/origin-secrets';
import { hostedZone, type OriginEntrance, OriginRecord, originName } from '../constructs/edge/records';
import { ServerEntrance } from '../constructs/edge/server-entrance';
import { type FunctionHousingProps, houseFunctions } from '../constructs/functions';
import { protectionOf } from '../constructs/protection';
import type { ScalingPlan } from '../scaling-plan';
import type { Domain } from '../settings';
import type { DataStack } from './data-stack';
import { TwoZoneStack } from './two-zone-stack';

export interface AppStackProps {
  readonly env: Environment & { readonly region: string };
  readonly plan: ScalingPlan;
  /** @default - plain HTTP, at the address in the outputs */
  readonly domain: Domain | undefined;
  /** Absolute path of a team's own server entry. @default - app/server.ts */
  readonly appEntry: string | undefined;
  readonly sandbox: boolean;
  /** What names of the deployment's own begin with. */
  readonly deployment: string;
  /** What this data center keeps. */
  readonly data: DataStack;
  /** Where the other data centers are, the next in the ring first. */
  readonly otherRegions: readonly string[];
}

/** Where requests enter the data center, and what servers must know and may do because of it. */
interface Entrance {
  /** Where users reach the application. */
  readonly url: string;
  /** How many proxies of ours stand before a server. */
  readonly proxies: 0 | 1 | 2;
  readonly origin: OriginEntrance;
  readonly serverPort: number;
  readonly connections: readonly Connection[];
  readonly loadBalancer: LoadBalancer | undefined;
  /** What stands before the load balancer, where it is in this stack and not at the edge. */
  readonly front: Front | undefined;
}

/** Inside, nginx or the load balancer hands requests on to this port. */
const INNER_PORT = 8080;

/** What serves: it holds no data, so it may be destroyed and made again. Reads as the path of a request. */
export class AppStack extends TwoZoneStack {
  constructor(scope: Construct, id: string, props: AppStackProps) {
    super(scope, id, { env: props.env, description: 'zero-to-million: what serves in a data center' });
    const { plan, data, domain } = props;
    // By its id, so that rules about who reaches servers belong to this stack: they then change only once what
    // replaces the old way in is there.
    const badge = ec2.SecurityGroup.fromSecurityGroupId(this, 'Badge', data.servers.securityGroupId);

    const entrance = this.entrance(props, badge);
    const bundle = new ServerBundle(this, 'Bundle', { entry: props.appEntry });
    const servers = new Servers(this, 'Servers', {
      vpc: data.network.vpc,
      subnets: plan.serverFacesUsers ? [data.network.publicSubnets[0]] : data.network.appSubnets,
      securityGroup: badge,
      instanceType: plan.serverInstanceType,
      min: plan.minServers,
      max: plan.maxServers,
      public: plan.serverFacesUsers,
      bundleUrl: bundle.url,
      metricNamespace: data.alarms.namespace,
      application: {
        PORT: String(entrance.serverPort),
        PUBLIC_URL: entrance.url,
        REGION: props.env.region,
        TRUSTED_PROXIES: String(entrance.proxies),
      },
      connections: [
        bundle.connection,
        data.logs.connection,
        data.adminToken,
        ...[data.serverVolume, data.database, data.replicas, data.cache, data.clickQueue].flatMap(
          (part) => part?.connection ?? [],
        ),
        ...entrance.connections,
      ],
      targetGroup: entrance.loadBalancer?.targetGroup,
      // The first boot above rung 1 carries the database over, which takes as long as there is data.
      patience: plan.databaseOnServer ? Duration.minutes(30) : Duration.hours(1),
    });
    if (domain !== undefined) {
      // Last, so that users are led to servers that already serve.
      const origin = new OriginRecord(this, 'Origin', {
        hostedZoneId: domain.hostedZoneId,
        name: originName(props.env.region, domain.name),
        entrance: entrance.origin,
      });
      origin.node.addDependency(servers);
      // What leads to a name goes before the name, where the stack is destroyed.
      new DataCenterRouting(this, 'Routing', {
        hostedZoneId: domain.hostedZoneId,
        domainName: domain.name,
        region: props.env.region,
        otherRegions: props.otherRegions,
      }).node.addDependency(origin);
    }
    if (plan.cdn && entrance.loadBalancer !== undefined) {
      this.closeToAllButTheCdn(props, entrance.loadBalancer, entrance.front, servers);
    }

    const worker =
      data.clickQueue !== undefined && data.clickWorkers !== undefined && data.database !== undefined
        ? this.clickWorker(props, data.clickQueue, data.clickWorkers, data.database)
        : undefined;

    new ServerAlarms(this, 'ServerAlarms', {
      group: servers.group,
      alarms: data.alarms,
      dataVolume: plan.databaseOnServer,
    });
    new Dashboard(this, 'Dashboard', {
      group: servers.group,
      metricNamespace: data.alarms.namespace,
      dataPath: plan.databaseOnServer ? '/data' : undefined,
      loadBalancer: entrance.loadBalancer,
      database: data.database?.instance,
      replicas: data.replicas?.instances ?? [],
      cacheNodes: data.cache?.nodes ?? [],
      clicks:
        data.clickQueue === undefined || worker === undefined
          ? undefined
          : { queue: data.clickQueue, worker: worker.function },
    });
    if (data.fixedAddress !== undefined) {
      // Read at every rung, also where nothing uses them: what this stack reads stays published by the data stack,
      // and a climb that fails here rolls back to a rung that reads them again.
      new CfnOutput(this, 'FixedAddress', { value: data.fixedAddress.address });
      new CfnOutput(this, 'FixedAddressId', { value: data.fixedAddress.allocationId });
    }
    new CfnOutput(this, 'Url', { value: entrance.url, description: 'Where users reach the application' });
    houseFunctions(this, keptHere(props));
  }

  private clickWorker(
    props: AppStackProps,
    clickQueue: ClickQueue,
    securityGroup: ec2.ISecurityGroup,
    database: DataCenterDatabase,
  ): ClickWorker {
    const { data, deployment, domain, otherRegions } = props;
    return new ClickWorker(this, 'ClickWorker', {
      ...keptHere(props),
      vpc: data.network.vpc,
      subnets: data.network.appSubnets,
      securityGroup,
      queue: clickQueue.queue,
      peers: otherRegions.map((region) => clickQueueIn(region, deployment)),
      database: {
        url: database.url,
        replicaUrls: data.replicas?.urls ?? [],
        secretArn: database.secretArn,
      },
      markUrls:
        domain === undefined
          ? []
          : otherRegions.map((region) => `https://${domain.name}${MARK_PATH}/${region}`),
      alarms: data.alarms,
    });
  }

  private entrance(props: AppStackProps, badge: ec2.ISecurityGroup): Entrance {
    const { accessLogs, fixedAddress } = props.data;
    if (accessLogs !== undefined) {
      return this.behindLoadBalancer(props, accessLogs);
    }
    if (fixedAddress !== undefined) {
      return this.publicServer(props, fixedAddress, badge);
    }
    throw new Error(
      'A data center without a load balancer needs a fixed address: the scaling plan gave neither.',
    );
  }

  /** By now users are led to CloudFront: by the edge stack, which was deployed before this one, or by what is here. */
  private closeToAllButTheCdn(
    props: AppStackProps,
    loadBalancer: LoadBalancer,
    front: Front | undefined,
    servers: Servers,
  ): void {
    new CdnEntrance(this, 'CdnEntrance', {
      ...keptHere(props),
      loadBalancer,
      secrets: originSecretNames(props.deployment, props.plan.originSecret),
      sender: front?.distribution,
      healthChecks: props.otherRegions.length > 0,
      after: [servers],
    });
  }

  /**
   * Without a domain CloudFront knows the load balancer only by reference, and only a stack that has both can close the
   * one when the other is there: so it stands here, in us-east-1.
   */
  private front(props: AppStackProps, loadBalancer: LoadBalancer): Front {
    const { appEntry, deployment, plan } = props;
    return new Front(this, 'Front', {
      ...keptHere(props),
      deployment,
      origin: { name: loadBalancer.resource.loadBalancerDnsName, https: false },
      originSecret: originSecretNames(deployment, plan.originSecret)[0],
      entry: appEntry,
      priceClass: plan.priceClass,
      dataCenters: undefined,
      domain: undefined,
    });
  }

  private behindLoadBalancer(props: AppStackProps, accessLogs: IBucket): Entrance {
    const { data, domain, env, plan } = props;
    const certificate =
      domain === undefined
        ? undefined
        : new LoadBalancerCertificate(this, 'Certificate', {
            zone: hostedZone(this, domain),
            domainName: domain.name,
            originNames: [
              originName(env.region, domain.name),
              readsName(domain.name),
              writesName(domain.name),
            ],
          });
    const loadBalancer = new LoadBalancer(this, 'LoadBalancer', {
      vpc: data.network.vpc,
      subnets: data.network.publicSubnets,
      serverPort: INNER_PORT,
      accessLogs,
      certificate,
      open: !plan.cdn,
    });
    new LoadBalancerAlarms(this, 'LoadBalancerAlarms', { loadBalancer, alarms: data.alarms });
    const front = plan.cdn && domain === undefined ? this.front(props, loadBalancer) : undefined;
    const ownUrl =
      front === undefined
        ? `http://${loadBalancer.resource.loadBalancerDnsName}`
        : `https://${front.distribution.distributionDomainName}`;
    return {
      url: domain === undefined ? ownUrl : `https://${domain.name}`,
      proxies: plan.cdn ? 2 : 1,
      origin: { loadBalancer: loadBalancer.resource },
      serverPort: INNER_PORT,
      connections: [loadBalancer.connection],
      loadBalancer,
      front,
    };
  }

  private publicServer(
    { domain }: AppStackProps,
    fixedAddress: FixedAddress,
    badge: ec2.ISecurityGroup,
  ): Entrance {
    new ServerEntrance(this, 'Entrance', { servers: badge, https: domain !== undefined });
    const origin = { address: fixedAddress.address };
    if (domain === undefined) {
      return {
        url: `http://${fixedAddress.address}`,
        proxies: 0,
        origin,
        serverPort: 80,
        connections: [fixedAddress.connection],
        loadBalancer: undefined,
        front: undefined,
      };
    }
    const certificate = new ServerCertificate(this, 'ServerCertificate', {
      zone: hostedZone(this, domain),
      domainName: domain.name,
    });
    return {
      url: `https://${domain.name}`,
      proxies: 1,
      origin,
      serverPort: INNER_PORT,
      connections: [fixedAddress.connection, certificate.connection],
      loadBalancer: undefined,
      front: undefined,
    };
  }
}

/** How what holds anything here is kept: under the data center's key. */
function keptHere({ data, sandbox }: AppStackProps): FunctionHousingProps {
  return { key: data.key, protection: protectionOf(sandbox) };
}
