import { CfnOutput, Duration } from 'aws-cdk-lib';
import { type ISecurityGroup, SecurityGroup } from 'aws-cdk-lib/aws-ec2';
import { Construct } from 'constructs';
import { MARK_PATH } from '../../contract/promotion';
import { clickQueueIn } from '../constructs/async/click-queue';
import { ClickWorker } from '../constructs/async/click-worker';
import { ServerBundle } from '../constructs/compute/server-bundle';
import { Servers } from '../constructs/compute/servers';
import { Dashboard } from '../constructs/dashboard';
import { CdnOnlyAccess } from '../constructs/edge/cdn-only-access';
import { DataCenterRouting } from '../constructs/edge/data-center-routing';
import { originSecretNames } from '../constructs/edge/origin-secrets';
import { OriginRecord, originName } from '../constructs/edge/records';
import { applyFunctionDefaults } from '../constructs/function-defaults';
import { type Entrance, type EntranceProps, loadBalancerEntrance, serverEntrance } from './entrance';
import { TwoZoneStack } from './two-zone-stack';

export interface AppStackProps extends EntranceProps {
  /** Regions of the other data centers: those after this one in `regions`, then those before it. */
  readonly otherRegions: readonly string[];
}

/**
 * What serves in a data center. It holds no data, so it can be destroyed and created again. Its constructor follows a request: users,
 * entrance, servers, the databases and caches of the data stack, and the worker behind the queue.
 */
export class AppStack extends TwoZoneStack {
  constructor(
    scope: Construct,
    id: string,
    private readonly props: AppStackProps,
  ) {
    super(scope, id, { env: props.env, description: 'zero-to-million: what serves in a data center' });
    const { data, plan } = props;
    // Imported by its id, so that its rules belong to this stack: a rule is then deleted only after what replaces it is there.
    const securityGroup = SecurityGroup.fromSecurityGroupId(
      this,
      'Badge',
      data.serverSecurityGroup.securityGroupId,
    );
    const entrance = plan.loadBalancer
      ? loadBalancerEntrance(this, props)
      : serverEntrance(this, props, securityGroup);
    const servers = this.addServers(entrance, securityGroup);
    this.addRouting(entrance, servers);
    this.restrictToCdn(entrance, servers);
    const clickWorker = this.addClickWorker();
    data.alarms.addAll(new Construct(this, 'ServerAlarms'), servers.alarms);
    new Dashboard(this, 'Dashboard', {
      rows: [
        entrance.loadBalancer?.graphs,
        servers.graphs,
        data.cache?.graphs,
        data.replicas?.graphs,
        data.database?.graphs,
        clickWorker && [...(data.clickQueue?.graphs ?? []), ...clickWorker.graphs],
        ...data.brokers.map(({ graphs }) => graphs),
        data.draining.length === 0 ? undefined : data.draining,
      ].filter((row) => row !== undefined),
    });
    this.addOutputs(entrance);
    applyFunctionDefaults(this, data.protectedData);
  }

  private addServers(entrance: Entrance, securityGroup: ISecurityGroup): Servers {
    const { appEntry, data, env, plan } = this.props;
    const bundle = new ServerBundle(this, 'Bundle', { entry: appEntry });
    const optionalParts = [data.serverVolume, data.database, data.replicas, data.cache];
    return new Servers(this, 'Servers', {
      vpc: data.network.vpc,
      subnets: plan.serverFacesUsers ? [data.network.publicSubnets[0]] : data.network.appSubnets,
      securityGroup,
      instanceType: plan.serverInstanceType,
      minCapacity: plan.minServers,
      maxCapacity: plan.maxServers,
      publicAddresses: plan.serverFacesUsers,
      bundleUrl: bundle.url,
      metricNamespace: data.alarms.namespace,
      application: {
        PORT: String(entrance.serverPort),
        PUBLIC_URL: entrance.url,
        REGION: env.region,
        TRUSTED_PROXIES: String(entrance.trustedProxies),
      },
      connections: [
        bundle.connection,
        data.logs.connection,
        data.adminToken,
        ...optionalParts.flatMap((part) => part?.connection ?? []),
        ...(data.clickSender === undefined ? [] : [data.clickSender]),
        ...data.brokers.map(({ workers }) => workers),
        ...entrance.connections,
      ],
      targetGroup: entrance.loadBalancer?.targetGroup,
      // The first boot above rung 1 carries the database over, which takes longer the more data there is.
      bootTimeout: plan.databaseOnServer ? Duration.minutes(30) : Duration.hours(1),
      databasePath: data.serverVolume?.databasePath,
    });
  }

  /** DNS records that lead to the entrance. */
  private addRouting(entrance: Entrance, servers: Servers): void {
    const { domain, env, otherRegions } = this.props;
    if (domain === undefined) {
      return;
    }
    const origin = new OriginRecord(this, 'Origin', {
      hostedZoneId: domain.hostedZoneId,
      name: originName(env.region, domain.name),
      target: entrance.origin,
    });
    // After the servers, so that users reach servers that serve already.
    origin.node.addDependency(servers);
    const routing = new DataCenterRouting(this, 'Routing', {
      hostedZoneId: domain.hostedZoneId,
      domainName: domain.name,
      region: env.region,
      otherRegions,
    });
    // So that the records which lead to the origin’s name are deleted before it.
    routing.node.addDependency(origin);
  }

  /** From rung 6 on. By now users reach CloudFront: in the edge stack, which is deployed before this one, or in this stack. */
  private restrictToCdn({ loadBalancer, cdn }: Entrance, servers: Servers): void {
    const { data, deployment, otherRegions, plan } = this.props;
    if (!plan.cdn || loadBalancer === undefined) {
      return;
    }
    new CdnOnlyAccess(this, 'CdnEntrance', {
      ...data.protectedData,
      loadBalancer,
      secrets: originSecretNames(deployment, plan.originSecret),
      distribution: cdn?.distribution,
      healthChecks: otherRegions.length > 0,
      after: [servers],
    });
  }

  /** From rung 8 on. */
  private addClickWorker(): ClickWorker | undefined {
    const { data, deployment, domain, otherRegions } = this.props;
    const { clickQueue, clickWorkerSecurityGroup: securityGroup, database } = data;
    if (clickQueue === undefined || securityGroup === undefined || database === undefined) {
      return undefined;
    }
    const clickWorker = new ClickWorker(this, 'ClickWorker', {
      ...data.protectedData,
      vpc: data.network.vpc,
      subnets: data.network.appSubnets,
      securityGroup,
      queue: clickQueue.queue,
      peers: otherRegions.map((region) => clickQueueIn(region, deployment)),
      databaseUrl: database.url,
      databaseReplicaUrls: data.replicas?.urls ?? [],
      databaseSecretArn: database.secretArn,
      markUrls: domain ? otherRegions.map((region) => `https://${domain.name}${MARK_PATH}/${region}`) : [],
    });
    data.alarms.addAll(clickWorker, clickWorker.alarms);
    return clickWorker;
  }

  private addOutputs({ url }: Entrance): void {
    const { fixedAddress } = this.props.data;
    if (fixedAddress !== undefined) {
      // At every rung, also where no server uses the address: what this stack reads, the data stack continues to export, and a climb that
      // fails can roll back to a rung that uses it.
      new CfnOutput(this, 'FixedAddress', { value: fixedAddress.address });
      new CfnOutput(this, 'FixedAddressId', { value: fixedAddress.allocationId });
    }
    new CfnOutput(this, 'Url', { value: url, description: 'Where users reach the application' });
  }
}
