/** What a question is: a title, where it is asked, and how it is answered. */
import type { ScalingPlan } from '../lib/scaling-plan';
import type { Settings } from '../lib/settings';
import type { Aws } from './aws';
import type { DeployedStack } from './deployed';
import type { Finding } from './finding';
import type { Wanted } from './wanted';
import type { Zones } from './zones';

/** All that is known when questions are asked. */
export interface Examination {
  readonly settings: Settings;
  readonly plan: ScalingPlan;
  readonly wanted: Wanted;
  /** The account's number. */
  readonly account: string;
  readonly aws: Aws;
  /** The deployment's stacks in a region; asked once. */
  readonly deployed: (region: string) => Promise<readonly DeployedStack[]>;
  /** The zones of a region; asked once. */
  readonly zones: (region: string) => Promise<Zones>;
  /** The name servers of a domain, as DNS says; none where it knows none. */
  readonly nameServers: (domain: string) => Promise<readonly string[]>;
}

export interface Question {
  /** How the report calls it. */
  readonly title: string;
  /** The regions to ask it in, `EVERYWHERE` where it is about the account; none where the rung has no need of it. */
  readonly places: (examination: Examination) => readonly string[];
  /**
   * Asks, and judges the answer. What it throws is reported as not answered.
   *
   * @param region the place; AWS's global services are asked where they are
   */
  readonly answer: (examination: Examination, region: string) => Promise<readonly Finding[]>;
}

/** The place of what belongs to no region. */
export const EVERYWHERE = 'account';

/** A place where the deployment has servers, databases and all that belongs to a data center. */
export function dataCenters({ settings }: Examination): readonly string[] {
  return settings.regions;
}
