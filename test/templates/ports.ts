/** Ports of security group rules, and what two rules together let through. */
import { at } from '../support/cloud-assembly';

/** A range of ports of one protocol. `protocol` `-1` is every protocol, and then every port. */
export interface Ports {
  readonly protocol: string;
  readonly from: number;
  readonly to: number;
}

/** The ports of a rule as CloudFormation writes it. */
export function readPorts(rule: unknown): Ports {
  const protocol = String(at(rule, 'IpProtocol'));
  const [from, to] = [at(rule, 'FromPort'), at(rule, 'ToPort')];
  return {
    protocol,
    from: typeof from === 'number' ? from : 0,
    to: typeof to === 'number' ? to : 65_535,
  };
}

/** What both of two sets of rules allow, each range once. */
export function bothAllow(some: readonly Ports[], others: readonly Ports[]): readonly Ports[] {
  const common = some.flatMap((one) => others.flatMap((other) => overlap(one, other)));
  return [...new Map(common.map((ports) => [titled(ports), ports])).values()];
}

/** As a reader says it, such as `tcp 443`. */
export function titled({ protocol, from, to }: Ports): string {
  if (protocol === '-1') return 'everything';
  return `${protocol} ${from === to ? from : `${from}–${to}`}`;
}

function overlap(one: Ports, other: Ports): readonly Ports[] {
  if (one.protocol === '-1') return [other];
  if (other.protocol === '-1') return [one];
  const [from, to] = [Math.max(one.from, other.from), Math.min(one.to, other.to)];
  return one.protocol === other.protocol && from <= to ? [{ protocol: one.protocol, from, to }] : [];
}
