/** A region's AWS, in memory and in virtual time, that fails and stops where a test says. */
import type { PromotionRequest } from '../../../lambda/promote-replica/event';
import type { PromoteResult, ReplicaRegion } from '../../../lambda/promote-replica/promotion';

export const HERE = 'eu-west-1';
export const FIRST = 'us-east-1';

export const ORDER: PromotionRequest = { force: false, resume: false, reason: undefined };
export const FORCED: PromotionRequest = { ...ORDER, force: true };
export const RESUME: PromotionRequest = { ...ORDER, resume: true };

/** The region’s true state. */
export interface Facts {
  replica: boolean;
  status: string;
  mark: boolean;
  otherMarks: readonly string[];
  /** The first region is there, and its database takes writes. */
  primaryTakesWrites: boolean;
  /** The domain can be reached from here. */
  domain: boolean;
  /** RDS will not promote, whenever it is asked. */
  rdsRefuses: boolean;
  /** How long a promotion takes, in ms. */
  promotionTakes: number;
}

/** Everything is healthy. */
export const HEALTHY: Facts = {
  replica: true,
  status: 'available',
  mark: false,
  otherMarks: [],
  primaryTakesWrites: true,
  domain: true,
  rdsRefuses: false,
  promotionTakes: 240_000,
};

/** The primary’s region is down. */
export const GONE: Facts = { ...HEALTHY, primaryTakesWrites: false };

/**
 * What happens to one step: it fails, or it succeeds without an answer, or it takes effect later; the invocation continues or is
 * killed there.
 */
export const FATES = [
  'fails',
  'answer is lost',
  'is late',
  'killed before',
  'killed after',
  'killed, and is late',
] as const;
export type Fate = 'well' | (typeof FATES)[number];

/** How late RDS may carry out a call that it did not answer, and how late it may report its status, in ms. */
const LATE = 15_000;
const SAYS_LATE = 10_000;

/** Lambda ended the invocation’s process. */
export class Killed extends Error {}

/** Lambda’s longest timeout, in ms. */
const LIFE = 900_000;

export interface FakeAws {
  readonly facts: Facts;
  /** Names of the steps that changed something, in order. */
  readonly deeds: string[];
  /** All steps, of all invocations. */
  readonly steps: string[];
  /** Lets time go by, in ms. */
  pass(duration: number): void;
  /** A new invocation's view of it; `turn` comes before each of its steps. */
  invocation(fateOf?: (step: number) => Fate, turn?: (name: string) => Promise<unknown>): ReplicaRegion;
}

/** What must hold after every step; it throws where it does not. */
export type Check = (facts: Facts, deeds: readonly string[]) => void;

export function createAws(facts: Facts, check: Check = () => undefined): FakeAws {
  const state = { ...facts };
  const deeds: string[] = [];
  const steps: string[] = [];
  let now = 0;
  let promotedAt: number | undefined;
  let saidAt = 0;
  let arrivals: readonly number[] = [];

  function pass(duration: number): void {
    now += duration;
    const arrived = arrivals.filter((arrival) => arrival <= now);
    arrivals = arrivals.filter((arrival) => arrival > now);
    arrived.forEach(promote);
    if (promotedAt !== undefined && now >= promotedAt) {
      promotedAt = undefined;
      state.replica = false;
      state.status = 'available';
    }
    check(state, deeds);
  }

  function promote(): PromoteResult {
    if (!state.replica || state.status !== 'available') {
      return { kind: 'not now', why: 'InvalidDBInstanceState' };
    }
    if (state.rdsRefuses) {
      return { kind: 'never', why: 'AccessDenied' };
    }
    deeds.push('promote');
    state.status = 'modifying';
    promotedAt = now + state.promotionTakes;
    saidAt = now + SAYS_LATE;
    return { kind: 'accepted' };
  }

  function writes(): Awaited<ReturnType<ReplicaRegion['writes']>> {
    if (!state.domain) {
      return { kind: 'unknown', why: 'no TLS' };
    }
    // Health checks route away from the old primary only while another data center is healthy.
    const promoted = !state.replica && state.status === 'available';
    if (state.primaryTakesWrites && !(promoted && state.mark)) {
      return { kind: 'taken', region: FIRST };
    }
    return promoted ? { kind: 'taken', region: HERE } : { kind: 'none' };
  }

  return {
    facts: state,
    deeds,
    steps,
    pass,
    invocation(fateOf = () => 'well', turn = () => Promise.resolve()) {
      const end = now + LIFE;
      let count = 0;
      const step = async <T>(name: string, effect: () => T, later: () => unknown = effect): Promise<T> => {
        await turn(name);
        const fate = fateOf((count += 1));
        steps.push(name);
        if (fate === 'killed before') throw new Killed();
        if (fate === 'fails') throw new Error(`${name} failed`);
        if (fate === 'is late' || fate === 'killed, and is late') {
          later();
          check(state, deeds);
          throw fate === 'is late' ? new Error(`${name}: no answer`) : new Killed();
        }
        const result = effect();
        check(state, deeds);
        if (fate === 'killed after') throw new Killed();
        if (fate === 'answer is lost') throw new Error(`${name}: no answer`);
        return result;
      };
      const deed = (name: string, effect: () => void) => () =>
        step(name, () => {
          deeds.push(name);
          effect();
        });
      // Functions that never reject do so only when the invocation is killed.
      const never =
        <T>(otherwise: T) =>
        (error: unknown): T => {
          if (error instanceof Killed) throw error;
          return otherwise;
        };
      return {
        region: HERE,
        instance: () =>
          step('instance', () => ({
            isReplica: state.replica,
            status: now < saidAt ? 'available' : state.status,
          })),
        promote: () =>
          step('promote', promote, () => {
            arrivals = [...arrivals, now + LATE];
          }).catch(never<PromoteResult>({ kind: 'not now', why: 'no answer' })),
        writes: () => step('writes', writes).catch(never({ kind: 'unknown' as const, why: 'no answer' })),
        markIsThere: () => step('markIsThere', () => state.mark),
        writeMark: deed('writeMark', () => {
          state.mark = true;
        }),
        removeMark: deed('removeMark', () => {
          state.mark = false;
        }),
        otherMarks: () => step('otherMarks', () => state.otherMarks).catch(never<readonly string[]>([])),
        sleep: async (duration) => {
          await step('sleep', () => undefined).catch(never(undefined));
          pass(duration);
        },
        remaining: () => end - now,
      };
    },
  };
}
