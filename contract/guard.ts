/** What a deployment consists of, as its settings say it: what the guard compares between two deployments. */
export interface Parts {
  /** Names of the rungs that are there. */
  readonly rungs: readonly string[];
  /** The regions of its data centers. */
  readonly regions: readonly string[];
  /** Its domain's name, where it has one. */
  readonly domain: string | undefined;
  /** Whether servers run a team's own application (`appEntry`). */
  readonly ownApplication: boolean;
}

/** What infrastructure tells the guard, as a custom resource's properties: lists are texts separated by commas. */
export interface GuardProperties {
  readonly Rungs: string;
  readonly Regions: string;
  /** A domain's name; empty where there is none. */
  readonly Domain: string;
  readonly OwnApplication: 'true' | 'false';
  /** Parts that may go with this deployment, by the names that `partNames` gives. */
  readonly AllowRemoval: string;
}

/** The name by which `allowRemoval` means a team's own application. */
export const OWN_APPLICATION = 'application';

/** Names of what is in `before` and no more in `after`: rungs, regions, a domain, `application`. */
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
