import type { PromotionRequest } from './event';

/** An instance as RDS describes it. */
export interface Instance {
  /** Whether RDS calls it a replica; once it does not, the instance may accept writes. */
  readonly isReplica: boolean;
  /** RDS’s status: `available`, `modifying`, `backing-up` … */
  readonly status: string;
}

/** What one probe through the domain says about writes. */
export type Writes =
  /** Accepted; by that region, if it says which. */
  | { readonly kind: 'taken'; readonly region: string | undefined }
  /** Refused, or CloudFront waited in vain for the data center. */
  | { readonly kind: 'none' }
  /** CloudFront was not reached, or its answer is another. */
  | { readonly kind: 'unknown'; readonly why: string };

/** RDS’s answer to a call to promote. */
export type PromoteResult =
  /** RDS promotes. */
  | { readonly kind: 'accepted' }
  /** Not in the instance’s present status, or without an answer: try again. */
  | { readonly kind: 'not now'; readonly why: string }
  /** RDS would refuse each further call, too. */
  | { readonly kind: 'never'; readonly why: string };

/** The region of the replica: everything that a promotion reads and changes. Each call may fail, and may be the last of an invocation. */
export interface ReplicaRegion {
  /** Its name. */
  readonly region: string;
  instance(): Promise<Instance>;
  promote(): Promise<PromoteResult>;
  /** One probe; never rejects. */
  writes(): Promise<Writes>;
  markIsThere(): Promise<boolean>;
  /** Also if it exists. */
  writeMark(): Promise<void>;
  /** Also if it does not exist. */
  removeMark(): Promise<void>;
  /** Other regions whose mark is visible; never rejects. */
  otherMarks(): Promise<readonly string[]>;
  /** In ms. */
  sleep(duration: number): Promise<void>;
  /** Time that is left to this invocation, in ms. */
  remaining(): number;
}

export interface Outcome {
  readonly outcome:
    'done' | 'already done' | 'nothing begun' | 'under way' | 'refused' | 'waiting' | 'failed';
  /** For the notification. */
  readonly what: string;
}

/** Between two looks at the instance, in ms. */
const PAUSE = 10_000;

/**
 * Probes that must all find no writes before a promotion. With their pauses, in ms, they last as long as health checks need to change
 * (10 s × 3), and three times the TTL of the DNS name behind CloudFront.
 */
const WRITE_PROBES = 7;
const PROBE_PAUSE = 5_000;

/** How often an instance must be an idle replica before a mark is deleted: RDS’s answer may be late. */
const IDLE_CHECKS = 4;

/** Time for the last steps, for releasing the lock and for the notification, in ms. */
const RESERVED_TIME = 70_000;
/** Time for deciding and then giving up, with every probe as slow as it may be, in ms. */
const DECISION_TIME = 250_000;

/**
 * Makes the region’s replica the database that accepts writes, or says why not. It has no state of its own and decides by what it reads,
 * so an invocation continues whatever an earlier one has left:
 *
 * | instance | mark | what is done |
 * | --- | --- | --- |
 * | replica, available | none | writes are accepted elsewhere: refuse. Nowhere: write the mark, then promote |
 * | replica, available | exists | writes are accepted elsewhere: delete the mark, refuse. Nowhere: promote |
 * | replica, busy | either | wait: RDS may be promoting it, which cannot be cancelled |
 * | no replica | either | write the mark, wait until writes are accepted here |
 *
 * The mark comes before the promotion, because it routes users away from the old primary: in between no database accepts writes, and in the
 * other order two would. It is written again after the promotion, in case it was deleted in between.
 */
export async function promoteReplica(
  region: ReplicaRegion,
  { force, resume }: PromotionRequest,
): Promise<Outcome> {
  if (resume && !(await isUnfinished(region))) {
    return NOTHING_BEGUN;
  }
  let isPromoting = false;
  let waited = false;
  let last = 'it was not looked at';
  while (region.remaining() > RESERVED_TIME) {
    const { isReplica, status } = await region.instance();
    last = status;
    if (!isReplica) {
      return finish(region, { force, waited });
    }
    if (status === 'available' && !isPromoting) {
      if (region.remaining() < RESERVED_TIME + DECISION_TIME) {
        break;
      }
      const objection = force ? undefined : await objectionTo(region);
      if (objection !== undefined) {
        return refuse(region, objection);
      }
      await region.writeMark();
      // Two regions may be here at once. Each writes its mark before it reads the others’, so at least one sees the other.
      const rival = force ? undefined : objectionOf(await region.otherMarks());
      if (rival !== undefined) {
        return refuse(region, rival);
      }
      const promoted = await region.promote();
      if (promoted.kind === 'never') {
        return giveUp(region, promoted.why);
      }
      isPromoting = promoted.kind === 'accepted';
      last = promoted.kind === 'accepted' ? 'it is being promoted' : promoted.why;
    }
    waited = true;
    await region.sleep(PAUSE);
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

/** Whether a promotion has begun and is not finished. */
export async function isUnfinished(region: ReplicaRegion): Promise<boolean> {
  return (await region.markIsThere()) && (await region.instance()).isReplica;
}

interface Objection {
  readonly what: string;
  /** Whether a mark of this region must be deleted. */
  readonly deleteMark: boolean;
}

/** Why this region must not be promoted without `force`. */
async function objectionTo(region: ReplicaRegion): Promise<Objection | undefined> {
  const rival = objectionOf(await region.otherMarks());
  if (rival !== undefined) {
    return rival;
  }
  let unknown: string | undefined;
  for (let probe = 1; probe <= WRITE_PROBES; probe += 1) {
    const writes = await region.writes();
    if (writes.kind === 'taken') {
      const where = writes.region ?? 'another data center';
      return {
        what: `Somebody takes writes: ${where}. {"force": true} promotes all the same.`,
        deleteMark: true,
      };
    }
    unknown = writes.kind === 'unknown' ? writes.why : unknown;
    if (probe < WRITE_PROBES) {
      await region.sleep(PROBE_PAUSE);
    }
  }
  return unknown === undefined
    ? undefined
    : {
        what: `Whether anybody takes writes cannot be told (${unknown}). {"force": true} promotes all the same.`,
        deleteMark: false,
      };
}

function objectionOf([region]: readonly string[]): Objection | undefined {
  return region === undefined
    ? undefined
    : {
        what: `The database of ${region} was promoted, or is being: its mark is there. {"force": true} promotes all the same.`,
        deleteMark: true,
      };
}

/** Also deletes the mark of an earlier invocation, which would route users away from the database that accepts writes. */
async function refuse(region: ReplicaRegion, { what, deleteMark }: Objection): Promise<Outcome> {
  if (!deleteMark || !(await region.markIsThere()) || (await withdrawMark(region))) {
    return { outcome: 'refused', what };
  }
  return {
    outcome: 'waiting',
    what: `${what} Yet RDS is changing the instance, so its mark stays. ${AGAIN}`,
  };
}

const AGAIN = 'Invoking again goes on.';

async function giveUp(region: ReplicaRegion, why: string): Promise<Outcome> {
  return (await withdrawMark(region))
    ? { outcome: 'failed', what: `RDS does not promote the instance: ${why} Its mark was taken away again.` }
    : { outcome: 'waiting', what: `RDS refused (${why}) and yet changes the instance. ${AGAIN}` };
}

/**
 * Deletes the mark if the instance is certainly not promoted: without the mark a promoted database and its old primary would both accept
 * writes, which is worse than a mark for too long. So the instance must stay an idle replica for as long as a call without an answer could
 * still take effect; if it takes effect after all, the mark is written again.
 */
async function withdrawMark(region: ReplicaRegion): Promise<boolean> {
  for (let check = 1; check <= IDLE_CHECKS; check += 1) {
    if (!isIdleReplica(await region.instance())) {
      return false;
    }
    await region.sleep(PAUSE);
  }
  await region.removeMark();
  if (isIdleReplica(await region.instance())) {
    return true;
  }
  await region.writeMark();
  return false;
}

function isIdleReplica({ isReplica, status }: Instance): boolean {
  return isReplica && status === 'available';
}

/** The instance is no replica any more: writes must be accepted here, and nowhere else. */
async function finish(
  region: ReplicaRegion,
  { force, waited }: { readonly force: boolean; readonly waited: boolean },
): Promise<Outcome> {
  if (!waited && !force && !(await region.markIsThere())) {
    const writes = await region.writes();
    if (writes.kind === 'taken' && isHere(writes, region)) {
      // It was promoted and rejoined long ago, and an operator has deleted its mark.
      return { outcome: 'already done', what: 'The instance is no replica, and users’ writes come here.' };
    }
    if (writes.kind !== 'none') {
      const seen = writes.kind === 'taken' ? `${String(writes.region)} takes writes` : writes.why;
      return {
        outcome: 'refused',
        what: `The instance is no replica and has no mark, and yet: ${seen}. See docs/runbook.md; {"force": true} leads everybody here.`,
      };
    }
  }
  await region.writeMark();
  let hasWaited = waited;
  for (;;) {
    const { status } = await region.instance();
    const writes = await region.writes();
    // A team’s own application need not answer with its region; by now only this one is asked.
    if (status === 'available' && writes.kind === 'taken' && isHere(writes, region)) {
      return hasWaited
        ? { outcome: 'done', what: 'The replica was promoted, and users’ writes come here.' }
        : { outcome: 'already done', what: 'The replica was promoted before, and users’ writes come here.' };
    }
    if (region.remaining() <= RESERVED_TIME) {
      return {
        outcome: 'waiting',
        what: `The replica is promoted (${status}), but users’ writes do not come here yet: ${describeWrites(writes)}. Invoking again looks again.`,
      };
    }
    hasWaited = true;
    await region.sleep(PAUSE);
  }
}

function isHere(writes: { readonly region: string | undefined }, here: ReplicaRegion): boolean {
  return writes.region === undefined || writes.region === here.region;
}

function describeWrites(writes: Writes): string {
  switch (writes.kind) {
    case 'taken':
      return `${String(writes.region)} takes them`;
    case 'none':
      return 'nobody takes them';
    case 'unknown':
      return writes.why;
  }
}
