/** Whether users are served by what is deployed, also half-way through a climb. */
import { type CloudAssembly, at, list, resources } from '../support/cloud-assembly';
import { whoIsReachedFromOutside } from '../templates/reachability';
import { stepsOf } from './steps';

/**
 * Every way, a sentence each, in which nobody would be served if deploying `after` over `before` stopped after a stack
 * that is not the last: the domain, where there is one, must lead to something that lets users in.
 */
export function outages(before: CloudAssembly, after: CloudAssembly): readonly string[] {
  return stepsOf(before, after)
    .slice(0, -1)
    .flatMap(({ stack, to }) => shutOut(to).map((why) => `after ${stack}, ${why}`));
}

/** Why users get no answer from what is deployed; empty when they get one. */
export function shutOut(assembly: CloudAssembly): readonly string[] {
  const reach = whoIsReachedFromOutside(assembly);
  const open = (from: string): boolean =>
    reach.some((line) => new RegExp(`^${from} → (servers|load balancer): .*\\b(80|443)\\b`).test(line));
  const turnedAway = resources(assembly, 'AWS::ElasticLoadBalancingV2::ListenerRule').some(
    ({ properties }) => at(list(properties['Actions'])[0], 'Type') === 'fixed-response',
  );
  const direct = open('internet') && !turnedAway;
  const through = (open('internet') || open('CloudFront')) && (!turnedAway || isKnown(assembly));
  const [fronted] = resources(assembly, 'AWS::CloudFront::Distribution');
  const named = resources(assembly, 'AWS::Route53::RecordSet').map(({ properties }) =>
    JSON.stringify(at(properties, 'AliasTarget.DNSName') ?? null),
  );
  if (named.length === 0) {
    return direct || (fronted !== undefined && through) ? [] : ['nothing lets users in'];
  }
  const leadsToFront = named.some((target) => target.includes('DomainName'));
  return (leadsToFront ? through : direct) ? [] : ['the domain leads to what lets nobody in'];
}

/** The load balancer accepts the very value that CloudFront sends. */
function isKnown(assembly: CloudAssembly): boolean {
  const sent = resources(assembly, 'AWS::CloudFront::Distribution').flatMap(({ properties }) =>
    list(at(properties, 'DistributionConfig.Origins')).flatMap((origin) =>
      list(at(origin, 'OriginCustomHeaders')).map((header) => at(header, 'HeaderValue')),
    ),
  );
  const accepted = resources(assembly, 'AWS::ElasticLoadBalancingV2::ListenerRule').flatMap(
    ({ properties }) =>
      list(properties['Conditions']).flatMap((condition) => list(at(condition, 'HttpHeaderConfig.Values'))),
  );
  return sent.length > 0 && sent.every((value) => accepted.includes(value));
}
