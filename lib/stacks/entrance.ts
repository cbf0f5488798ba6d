import type { Environment } from 'aws-cdk-lib';
import type { ISecurityGroup } from 'aws-cdk-lib/aws-ec2';
import { Construct } from 'constructs';
import type { Connection } from '../constructs/compute/connection';
import { Cdn } from '../constructs/edge/cdn';
import { loadBalancerCertificate, ServerCertificate } from '../constructs/edge/certificates';
import { readsName, writesName } from '../constructs/edge/data-center-routing';
import { LoadBalancer } from '../constructs/edge/load-balancer';
import { originSecretNames } from '../constructs/edge/origin-secrets';
import { PublicServerAccess } from '../constructs/edge/public-access';
import { hostedZone, originName, type OriginTarget } from '../constructs/edge/records';
import type { ScalingPlan } from '../scaling-plan';
import type { Domain } from '../settings';
import type { DataStack } from './data-stack';

export interface EntranceProps {
  /** Region, and the account where one is set. */
  readonly env: Environment & { readonly region: string };
  /** What exists, and how large. */
  readonly plan: ScalingPlan;
  /** Name of the deployment. */
  readonly deployment: string;
  /** @default - plain HTTP, at the address in the outputs */
  readonly domain: Domain | undefined;
  /** Absolute path of a team’s own server entry. @default - app/server.ts */
  readonly appEntry: string | undefined;
  /** The data stack of the data center. */
  readonly data: DataStack;
}

/** Where requests enter a data center, and what servers need for it. */
export interface Entrance {
  /** Where users reach the application. */
  readonly url: string;
  /** Target of the data center’s DNS record. */
  readonly origin: OriginTarget;
  /** Port that the application listens on. */
  readonly serverPort: number;
  /** How many proxies of ours a request passes before the application. */
  readonly trustedProxies: 0 | 1 | 2;
  readonly connections: readonly Connection[];
  /** @default - users reach the one server directly */
  readonly loadBalancer: LoadBalancer | undefined;
  /** @default - none, or one in the edge stack */
  readonly cdn: Cdn | undefined;
}

/** Behind a proxy, nginx on the server or the load balancer, the application listens here. */
const PORT_BEHIND_PROXY = 8080;

/** Below rung 3: users reach the one server at its fixed address. */
export function serverEntrance(
  scope: Construct,
  { data, domain }: EntranceProps,
  securityGroup: ISecurityGroup,
): Entrance {
  const { fixedAddress } = data;
  if (fixedAddress === undefined) {
    throw new Error('A server that users reach directly needs a fixed address: the scaling plan has none.');
  }
  new PublicServerAccess(scope, 'Entrance', { securityGroup, https: domain !== undefined });
  const { address } = fixedAddress;
  const entrance = { origin: { address }, loadBalancer: undefined, cdn: undefined };
  if (domain === undefined) {
    return {
      ...entrance,
      url: `http://${address}`,
      serverPort: 80,
      trustedProxies: 0,
      connections: [fixedAddress.connection],
    };
  }
  const certificate = new ServerCertificate(scope, 'ServerCertificate', {
    zone: hostedZone(scope, domain),
    domainName: domain.name,
  });
  return {
    ...entrance,
    url: `https://${domain.name}`,
    serverPort: PORT_BEHIND_PROXY,
    trustedProxies: 1,
    connections: [fixedAddress.connection, certificate.connection],
  };
}

/** From rung 3 on: users, or from rung 6 on CloudFront, reach the load balancer. */
export function loadBalancerEntrance(scope: Construct, props: EntranceProps): Entrance {
  const { data, domain, env, plan } = props;
  if (data.accessLogs === undefined) {
    throw new Error('A load balancer needs a bucket for its access logs: the scaling plan has none.');
  }
  const loadBalancer = new LoadBalancer(scope, 'LoadBalancer', {
    vpc: data.network.vpc,
    subnets: data.network.publicSubnets,
    serverPort: PORT_BEHIND_PROXY,
    accessLogs: data.accessLogs,
    certificate:
      domain &&
      loadBalancerCertificate(scope, 'Certificate', {
        zone: hostedZone(scope, domain),
        domainName: domain.name,
        originNames: [originName(env.region, domain.name), readsName(domain.name), writesName(domain.name)],
      }),
    public: !plan.cdn,
  });
  data.alarms.addAll(new Construct(scope, 'LoadBalancerAlarms'), loadBalancer.alarms);
  const dnsName = loadBalancer.resource.loadBalancerDnsName;
  const cdn = plan.cdn && domain === undefined ? cdnWithoutDomain(scope, props, dnsName) : undefined;
  const ownUrl = cdn ? `https://${cdn.distribution.distributionDomainName}` : `http://${dnsName}`;
  return {
    url: domain ? `https://${domain.name}` : ownUrl,
    origin: { loadBalancer: loadBalancer.resource },
    serverPort: PORT_BEHIND_PROXY,
    trustedProxies: plan.cdn ? 2 : 1,
    connections: [loadBalancer.connection],
    loadBalancer,
    cdn,
  };
}

/**
 * Without a domain CloudFront can find the load balancer only by a reference, and only a stack that has both can restrict the load
 * balancer once CloudFront is there. So it is part of the app stack, in us-east-1; with a domain it is in the edge stack.
 */
function cdnWithoutDomain(scope: Construct, props: EntranceProps, loadBalancerName: string): Cdn {
  const { appEntry, data, deployment, plan } = props;
  return new Cdn(scope, 'Front', {
    ...data.protectedData,
    deployment,
    origin: { name: loadBalancerName, https: false },
    writesOrigin: undefined,
    promotionMarks: [],
    originSecret: originSecretNames(deployment, plan.originSecret)[0],
    entry: appEntry,
    priceClass: plan.priceClass,
    domainName: undefined,
    certificate: undefined,
  });
}
