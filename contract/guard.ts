/** What a deployment consists of, by its settings. The guard compares it between two deployments. */
export interface Parts {
  /** Names of the rungs. */
  readonly rungs: readonly string[];
  /** The regions of its data centers. */
  readonly regions: readonly string[];
  /** Its domain’s name. @default - plain HTTP without a domain */
  readonly domain: string | undefined;
  /** Whether servers run a team’s own application (`appEntry`). */
  readonly ownApplication: boolean;
  /** The kinds of its queues. Where the rung of queues goes, its name says so for all of them. */
  readonly queues: readonly string[];
}

/** Properties of the guard’s custom resource. Lists are separated by commas. */
export interface GuardProperties {
  readonly Rungs: string;
  readonly Regions: string;
  /** A domain’s name, or an empty text. */
  readonly Domain: string;
  readonly OwnApplication: 'true' | 'false';
  /** Kinds of queues. Absent where there is SQS alone, or no queue: so it was before there were others. */
  readonly Queues?: string;
  /** Parts that this deployment may remove, by the names of `partNames`. */
  readonly AllowRemoval: string;
}

/** The name of a team’s own application in `allowRemoval`. */
export const OWN_APPLICATION = 'application';

/** The name, in `allowRemoval`, of a sandbox’s RabbitMQ: one node, which cannot become the three of a production. */
export const SINGLE_RABBITMQ = 'rabbitmq-single';

/** The kind of queue that a deployment has unless another is named. */
const USUAL_QUEUE = 'sqs';

/** Names of the parts of `before` that `after` does not have: rungs, regions, a domain, `application`, kinds of queues. */
export function removedParts(before: Parts, after: Parts): readonly string[] {
  const kept = [...partNames(after), ...(after.queues.length === 0 ? before.queues : [])];
  return partNames(before).filter((name) => !kept.includes(name));
}

/** The names of all parts, as `allowRemoval` takes them. */
export function partNames({ rungs, regions, domain, ownApplication, queues }: Parts): readonly string[] {
  return [
    ...rungs,
    ...regions,
    ...(domain === undefined ? [] : [domain]),
    ...(ownApplication ? [OWN_APPLICATION] : []),
    ...queues,
  ];
}

/** Kinds of queues as a property of the guard: SQS alone is not named, so that its deployments stay as they are. */
export function queuesProperty(queues: readonly string[]): Pick<GuardProperties, 'Queues'> {
  return queues.every((kind) => kind === USUAL_QUEUE) ? {} : { Queues: queues.join(',') };
}

/** The kinds that the property says, or does not need to. */
export function queuesIn(
  property: readonly string[] | undefined,
  rungs: readonly string[],
): readonly string[] {
  return property ?? (rungs.includes('message-queue') ? [USUAL_QUEUE] : []);
}
