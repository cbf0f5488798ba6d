/** The rungs that are built, and the circumstances under which every proof is repeated. */
import { BUILT_RUNGS, type Rung } from '../../lib/scaling-plan';
import type { Context } from './synthesize';

/** Every built rung, lowest first: the proofs grow with the ladder by themselves. */
export const RUNGS: readonly Rung[] = BUILT_RUNGS;

/** Settings that change what a rung consists of. */
interface Circumstances {
  /** As a test's title says it. */
  readonly title: string;
  readonly context: Context;
  readonly production: boolean;
}

/** No hosted zone of ours: an example domain, reserved by RFC 2606. */
export const DOMAIN: Context = { domainName: 'links.example.com', hostedZoneId: 'Z0123456789ABCDEFGHIJ' };

/** With and without a domain, in production and in a sandbox; with the data center here and elsewhere than its edge. */
export const CIRCUMSTANCES: readonly Circumstances[] = [
  { title: 'in production', production: true, context: {} },
  { title: 'in production with a domain', production: true, context: DOMAIN },
  {
    title: 'in production with a domain in Ireland',
    production: true,
    context: { regions: 'eu-west-1', ...DOMAIN },
  },
  { title: 'in a sandbox', production: false, context: { sandbox: 'true' } },
  { title: 'in a sandbox with a domain', production: false, context: { sandbox: 'true', ...DOMAIN } },
];

/** The context that asks for a rung. */
export function stage(rung: Rung, context: Context = {}): Context {
  return { stage: String(rung.number), ...context };
}

/** A rung in a title, such as `3 load-balancer`. */
export function titled(rung: Rung): string {
  return `${rung.number} ${rung.name}`;
}
