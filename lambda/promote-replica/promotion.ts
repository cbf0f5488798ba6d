import type { Order } from './event';

/** An instance as RDS describes it. */
export interface Instance {
  /** Whether RDS still knows it as a replica; the moment it does not, it may take writes. */
  readonly isReplica: boolean;
  /** RDS's own word: `available`, `modifying`, `backing-up` … */
  readonly status: string;
}

/** What one look through the domain says about who takes writes. */
export type Writes =
  /** Somebody does, in that region, where it says so. */
  | { readonly kind: 'taken'; readonly region: string | undefined }
  /** CloudFront says so, or has waited in vain for whoever is asked. */
  | { readonly kind: 'nobody' }
  /** CloudFront was not reached, or its answer means something else. */
  | { readonly kind: 'unknown'; readonly why: string };

/** What became of an order to promote. */
export type Promoted =
  /** RDS took it. */
  | { readonly kind: 'accepted' }
  /** Not in its present state, or nobody knows whether it was heard: look again. */
  | { readonly kind: 'not now'; readonly why: string }
  /** RDS will not, whenever it is asked. */
  | { readonly kind: 'never'; readonly why: string };

/** All that a promotion sees and does. Each may fail, and each may be the last thing that an invocation did. */
export interface World {
  /** This data center's. */
  readonly region: string;
  instance(): Promise<Instance>;
  promote(): Promise<Promoted>;
  /** One look; never rejects. */
  writes(): Promise<Writes>;
  markIsThere(): Promise<boolean>;
  /** The same whether it was there or not. */
  writeMark(): Promise<void>;
  /** The same whether it was there or not. */
  removeMark(): Promise<void>;
  /** Other regions whose mark can be seen; never rejects. */
  otherMarks(): Promise<readonly string[]>;
  /** In ms. */
  sleep(duration: number): Promise<void>;
  /** How long this invocation may still take, in ms. */
  remaining(): number;
}

export interface Outcome {
  readonly outcome:
    'done' | 'already done' | 'nothing begun' | 'under way' | 'refused' | 'waiting' | 'failed';
  /** As a person is told. */
  readonly what: string;
}

const PAUSE = 10_000;

/**
 * Looks before it is believed that nobody takes writes; with their pauses they last as long as health checks need to change
 * their mind (10 s × 3), and three times the TTL of the name behind CloudFront.
 */
const LOOKS = 7;
const BETWEEN_LOOKS = 5_000;

/** Looks at an instance before it is believed that nothing promotes it: RDS may be late to say what it was told. */
const CERTAIN = 4;

/** Kept for the last steps, for giving the lock back, and for telling what became of it. */
const RESERVE = 70_000;
/** What judging and, after it, giving up may take, with every look as slow as a look may be. */
const JUDGING = 250_000;

/**
 * Makes this data center's replica the database that takes writes, or says why not. It goes by what it sees and remembers
 * nothing, so whatever interrupted an earlier invocation, the next one goes on from there:
 *
 * | instance | mark | what is done |
 * | --- | --- | --- |
 * | replica, available | none | somebody takes writes: refuse. Nobody: write the mark, then promote |
 * | replica, available | there | somebody takes writes: take the mark away, refuse. Nobody: promote |
 * | replica, busy | either | wait: RDS may be promoting it, which nothing calls back |
 * | no replica | either | write the mark, wait until it takes writes |
 *
 * The mark comes before the promotion, for it leads everybody away from the old primary: between the two nobody takes
 * writes, the other way round two would. It is written once more after it, should anybody have taken it away in between.
 */
export async function promoteReplica(world: World, { force, resume }: Order): Promise<Outcome> {
  if (resume && !(await isBegun(world))) {
    return NOTHING_BEGUN;
  }
  let asked = false;
  let waited = false;
  let last = 'it was not looked at';
  while (world.remaining() > RESERVE) {
    const { isReplica, status } = await world.instance();
    last = status;
    if (!isReplica) {
      return settle(world, { force, waited });
    }
    if (status === 'available' && !asked) {
      if (world.remaining() < RESERVE + JUDGING) {
        break;
      }
      const obstacle = force ? undefined : await obstacleTo(world);
      if (obstacle !== undefined) {
        return refuse(world, obstacle);
      }
      await world.writeMark();
      // Two regions may have come this far at once. Each has written before it looks, so at least one sees the other.
      const rival = force ? undefined : markOf(await world.otherMarks());
      if (rival !== undefined) {
        return refuse(world, rival);
      }
      const promoted = await world.promote();
      if (promoted.kind === 'never') {
        return giveUp(world, promoted.why);
      }
      asked = promoted.kind === 'accepted';
      last = promoted.kind === 'accepted' ? 'it is being promoted' : promoted.why;
    }
    waited = true;
    await world.sleep(PAUSE);
  }
  return {
    outcome: 'waiting',
    what: `Time ran out before the instance was promoted (${last}). Invoking again goes on.`,
  };
}

export const NOTHING_BEGUN: Outcome = {
  outcome: 'nothing begun',
  what: 'No promotion was begun that is not finished.',
};

/** Whether there is a promotion to go on with. */
export async function isBegun(world: World): Promise<boolean> {
  return (await world.markIsThere()) && (await world.instance()).isReplica;
}

interface Obstacle {
  readonly what: string;
  /** Whether a mark of ours would do harm there. */
  readonly unfit: boolean;
}

/** Why an unforced promotion must not be. */
async function obstacleTo(world: World): Promise<Obstacle | undefined> {
  const rival = markOf(await world.otherMarks());
  if (rival !== undefined) {
    return rival;
  }
  let unknown: string | undefined;
  for (let look = 1; look <= LOOKS; look += 1) {
    const writes = await world.writes();
    if (writes.kind === 'taken') {
      const where = writes.region ?? 'another data center';
      return { what: `Somebody takes writes: ${where}. {"force": true} promotes all the same.`, unfit: true };
    }
    unknown = writes.kind === 'unknown' ? writes.why : unknown;
    if (look < LOOKS) {
      await world.sleep(BETWEEN_LOOKS);
    }
  }
  return unknown === undefined
    ? undefined
    : {
        what: `Whether anybody takes writes cannot be told (${unknown}). {"force": true} promotes all the same.`,
        unfit: false,
      };
}

function markOf([region]: readonly string[]): Obstacle | undefined {
  return region === undefined
    ? undefined
    : {
        what: `The database of ${region} was promoted, or is being: its mark is there. {"force": true} promotes all the same.`,
        unfit: true,
      };
}

/** Refused as if nothing had been begun: a mark that an earlier invocation left would keep users from whoever takes writes. */
async function refuse(world: World, { what, unfit }: Obstacle): Promise<Outcome> {
  if (!unfit || !(await world.markIsThere()) || (await retreat(world))) {
    return { outcome: 'refused', what };
  }
  return {
    outcome: 'waiting',
    what: `${what} Yet RDS is changing the instance, so its mark stays. ${AGAIN}`,
  };
}

const AGAIN = 'Invoking again goes on.';

async function giveUp(world: World, why: string): Promise<Outcome> {
  return (await retreat(world))
    ? { outcome: 'failed', what: `RDS does not promote the instance: ${why} Its mark was taken away again.` }
    : { outcome: 'waiting', what: `RDS refused (${why}) and yet changes the instance. ${AGAIN}` };
}

/**
 * Takes the mark away, if nothing was promoted for certain: without it a promoted database and its old primary would
 * both take writes, which is worse than a mark too long. So the instance must be seen as an idle replica for as long
 * as an order that nobody heard of could be on its way; and should it have arrived after all, the mark is written again.
 */
async function retreat(world: World): Promise<boolean> {
  for (let look = 1; look <= CERTAIN; look += 1) {
    if (!isIdleReplica(await world.instance())) {
      return false;
    }
    await world.sleep(PAUSE);
  }
  await world.removeMark();
  if (isIdleReplica(await world.instance())) {
    return true;
  }
  await world.writeMark();
  return false;
}

function isIdleReplica({ isReplica, status }: Instance): boolean {
  return isReplica && status === 'available';
}

/** It is no replica any more: nobody else may take writes, and it must. */
async function settle(
  world: World,
  { force, waited }: { readonly force: boolean; readonly waited: boolean },
): Promise<Outcome> {
  if (!waited && !force && !(await world.markIsThere())) {
    const writes = await world.writes();
    if (writes.kind === 'taken' && isHere(writes, world)) {
      // It was rejoined long ago, and its mark taken away on purpose.
      return { outcome: 'already done', what: 'The instance is no replica, and users’ writes come here.' };
    }
    if (writes.kind !== 'nobody') {
      const seen = writes.kind === 'taken' ? `${String(writes.region)} takes writes` : writes.why;
      return {
        outcome: 'refused',
        what: `The instance is no replica and has no mark, and yet: ${seen}. See docs/runbook.md; {"force": true} leads everybody here.`,
      };
    }
  }
  await world.writeMark();
  let hadToWait = waited;
  for (;;) {
    const { status } = await world.instance();
    const writes = await world.writes();
    // A team's own application need not say where it is; by now nobody else is asked.
    if (status === 'available' && writes.kind === 'taken' && isHere(writes, world)) {
      return hadToWait
        ? { outcome: 'done', what: 'The replica was promoted, and users’ writes come here.' }
        : { outcome: 'already done', what: 'The replica was promoted before, and users’ writes come here.' };
    }
    if (world.remaining() <= RESERVE) {
      return {
        outcome: 'waiting',
        what: `The replica is promoted (${status}), but users’ writes do not come here yet: ${seenAs(writes)}. Invoking again looks again.`,
      };
    }
    hadToWait = true;
    await world.sleep(PAUSE);
  }
}

function isHere({ region }: { readonly region: string | undefined }, world: World): boolean {
  return region === undefined || region === world.region;
}

function seenAs(writes: Writes): string {
  switch (writes.kind) {
    case 'taken':
      return `${String(writes.region)} takes them`;
    case 'nobody':
      return 'nobody takes them';
    case 'unknown':
      return writes.why;
  }
}
