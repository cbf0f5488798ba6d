/** The rungs that are built, and the circumstances under which every proof is repeated. */
import { BUILT_RUNGS, type QueueKind, type RungName, rungsOf } from '../../lib/scaling-plan';
import type { Context } from './synthesize';

/** A place on the ladder: a rung with all below it, or all but some. */
export type Place = (typeof BUILT_RUNGS)[number] & { readonly without: readonly RungName[] };

/** Every built rung, lowest first, and what most teams want of the highest: the proofs grow with the ladder by themselves. */
export const RUNGS: readonly Place[] = BUILT_RUNGS.flatMap((rung): readonly Place[] =>
  rung.name === 'message-queue'
    ? [
        { ...rung, without: ['data-centers'] },
        { ...rung, without: [] },
      ]
    : [{ ...rung, without: [] }],
);

/** Settings that change what a rung consists of. */
interface Circumstances {
  /** As a test's title says it. */
  readonly title: string;
  readonly context: Context;
  readonly production: boolean;
}

/** No hosted zone of ours: an example domain, reserved by RFC 2606. */
export const DOMAIN: Context = { domainName: 'links.example.com', hostedZoneId: 'Z0123456789ABCDEFGHIJ' };

/**
 * With and without a domain, in production and in a sandbox; with the first data center here and elsewhere than its edge.
 * The regions are those of a rung with several data centers: any other stands in the first of them.
 */
const CIRCUMSTANCES: readonly Circumstances[] = [
  { title: 'in production', production: true, context: {} },
  { title: 'in production with a domain', production: true, context: DOMAIN },
  {
    title: 'in production with a domain in Ireland',
    production: true,
    context: { regions: 'eu-west-1,us-east-1,ap-southeast-2', ...DOMAIN },
  },
  { title: 'in a sandbox', production: false, context: { sandbox: 'true' } },
  { title: 'in a sandbox with a domain', production: false, context: { sandbox: 'true', ...DOMAIN } },
];

/** Whether the rung has several data centers. */
export function hasDataCenters(rung: Place): boolean {
  return namesOf(rung).includes('data-centers');
}

/** The circumstances under which a rung can be: several data centers are found by a domain. */
export function circumstances(rung: Place): readonly Circumstances[] {
  return hasDataCenters(rung)
    ? CIRCUMSTANCES.filter(({ context }) => context['domainName'] !== undefined)
    : CIRCUMSTANCES;
}

/** Whether the upper rung has all that the lower one has, and more. */
export function isClimb(lower: Place, upper: Place): boolean {
  const has = namesOf(upper);
  const had = namesOf(lower);
  return has.length > had.length && had.every((name) => has.includes(name));
}

function namesOf({ number, without }: Place): readonly RungName[] {
  return rungsOf({ stage: number, without });
}

/** The context that asks for a rung. */
export function stage(rung: Place, context: Context = {}): Context {
  const { regions, ...others } = context;
  const needed = hasDataCenters(rung) ? regions : regions?.split(',')[0];
  return {
    stage: String(rung.number),
    ...(rung.without.length === 0 ? {} : { without: rung.without.join(',') }),
    ...(needed === undefined ? {} : { regions: needed }),
    ...others,
  };
}

/** A rung in a title, such as `3 load-balancer`. */
export function titled({ number, name, without }: Place): string {
  return [`${number} ${name}`, ...without.map((left) => `without ${left}`)].join(' ');
}

/** One rung under some circumstances. */
export interface Variant {
  readonly title: string;
  readonly rung: Place;
  readonly context: Context;
  readonly production: boolean;
}

/** Every built rung under all its circumstances. */
export function everywhere(): readonly Variant[] {
  return RUNGS.flatMap((rung) =>
    circumstances(rung).map(({ title, context, production }) => ({
      title: `${titled(rung)} ${title}`,
      rung,
      context: stage(rung, context),
      production,
    })),
  );
}

/** The highest rung with one data center and a queue of this kind. */
export function withQueue(queue: QueueKind, context: Context = {}): Context {
  return { stage: '8', without: 'data-centers', queue, ...context };
}

/** Every kind of queue, as clicks go through it and as it is emptied, in as few templates as can be. */
export const BROKERS = {
  production: {
    title: '8 message-queue with RabbitMQ, Kafka and SQS being emptied, in production with a domain',
    context: withQueue('rabbitmq', { drainQueues: 'kafka,sqs', ...DOMAIN }),
    production: true,
  },
  sandbox: {
    title: '8 message-queue with Kafka, RabbitMQ being emptied, in a sandbox',
    context: withQueue('kafka', { drainQueues: 'rabbitmq', sandbox: 'true' }),
    production: false,
  },
} as const;
