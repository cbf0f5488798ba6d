/** Which of the application's settings a rung takes from its environment, and why not the others. */
import { SETTING_NAMES, type ApplicationSettings, type SettingName } from '../contract/settings';
import type { RungPlan } from './rung/plan';

type Environment = Readonly<Record<string, string | undefined>>;

interface Decision {
  readonly names: readonly SettingName[];
  readonly isTheRungs: (plan: RungPlan) => boolean;
  /** Completes "NAME: …". */
  readonly reason: string;
}

const DECISIONS: readonly Decision[] = [
  {
    names: ['DATABASE_URL', 'DATABASE_REPLICA_URLS', 'DATABASE_SECRET_ARN'],
    isTheRungs: ({ database }) => database,
    reason: 'this rung starts databases of its own',
  },
  { names: ['CACHE_URL'], isTheRungs: ({ cache }) => cache, reason: 'this rung starts a cache of its own' },
  {
    names: ['CLICK_QUEUE_URL'],
    isTheRungs: ({ queue }) => queue !== undefined,
    reason: 'this rung starts a queue of its own',
  },
  {
    names: ['REGION'],
    isTheRungs: ({ regions }) => regions.length > 1,
    reason: 'each data center of this rung has its own',
  },
  {
    names: ['SERVER_ID'],
    isTheRungs: ({ loadBalancer }) => loadBalancer,
    reason: 'each server of this rung has its own',
  },
  {
    names: ['TRUSTED_PROXIES'],
    isTheRungs: ({ database }) => database,
    reason: 'this rung knows its own proxies',
  },
  {
    names: ['LOG_LEVEL'],
    isTheRungs: () => true,
    reason: 'a rung reads in the log of its servers, at the level info, that they serve',
  },
];

/** Options of the command line have had their say about these (local/start-options.ts). */
const BY_OPTION: readonly SettingName[] = ['PORT', 'DATA_DIR'];

/**
 * What the servers of a rung are given besides what is theirs by the parts around them. An empty value is none.
 *
 * @throws Error with a sentence for each setting that the rung decides by itself: none is ignored.
 */
export function settingsFor(plan: RungPlan, environment: Environment): ApplicationSettings {
  const given = SETTING_NAMES.filter((name) => (environment[name] ?? '') !== '');
  const refused = DECISIONS.filter(({ isTheRungs }) => isTheRungs(plan)).flatMap(({ names, reason }) =>
    names.filter((name) => given.includes(name)).map((name) => `${name}: ${reason}. Start it without.`),
  );
  if (refused.length > 0) {
    throw new Error(refused.join('\n'));
  }
  return Object.fromEntries(
    given.filter((name) => !BY_OPTION.includes(name)).map((name) => [name, environment[name]]),
  );
}

/** Every setting, as not given: for a server that must not find in its environment what was meant for another one. */
export const NOT_GIVEN: ApplicationSettings = Object.fromEntries(SETTING_NAMES.map((name) => [name, '']));
