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
}

/** Properties of the guard’s custom resource. Lists are separated by commas. */
export interface GuardProperties {
  readonly Rungs: string;
  readonly Regions: string;
  /** A domain’s name, or an empty text. */
  readonly Domain: string;
  readonly OwnApplication: 'true' | 'false';
  /** Parts that this deployment may remove, by the names of `partNames`. */
  readonly AllowRemoval: string;
}

/** The name of a team’s own application in `allowRemoval`. */
export const OWN_APPLICATION = 'application';

/** Names of the parts of `before` that `after` does not have: rungs, regions, a domain, `application`. */
export function removedParts(before: Parts, after: Parts): readonly string[] {
  const kept = partNames(after);
  return partNames(before).filter((name) => !kept.includes(name));
}

/** The names of all parts, as `allowRemoval` takes them. */
export function partNames({ rungs, regions, domain, ownApplication }: Parts): readonly string[] {
  return [
    ...rungs,
    ...regions,
    ...(domain === undefined ? [] : [domain]),
    ...(ownApplication ? [OWN_APPLICATION] : []),
  ];
}
