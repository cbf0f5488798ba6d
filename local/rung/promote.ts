/** A replica takes the primary's place: what is typed and what is rehearsed is the same. */
import { setTimeout as sleep } from 'node:timers/promises';
import { receivedBy, type Replica } from '../parts/replication';
import type { RunningRung } from '../rung';
import { all, first, type RunningPart } from './parts';

/** How long a replica has for receiving what another one has received already, in ms. */
const CATCH_UP_MS = 10_000;
const LOOK_MS = 20;

/**
 * Makes a replica the primary, as lambda/promote-replica does: the mark comes first, so that the old primary is not asked when
 * it comes back. Before that it gets what its siblings have received and it has not, for a commit waits for any one of
 * them; afterwards they follow it. One that does not answer is left as it is.
 *
 * @throws Error with a sentence where the part is no replica, or its siblings hold what it cannot get
 */
export async function promote(
  rung: Pick<RunningRung, 'parts' | 'mark'>,
  promoted: RunningPart,
): Promise<void> {
  if (promoted.kind !== 'replica') {
    throw new Error(`${promoted.name}: no replica, so it cannot be promoted.`);
  }
  const { part, region } = promoted;
  await rung.mark(region);
  const others = all(rung, 'replica').filter((other) => other.part !== part);
  const siblings = others.filter((other) => other.region === region);
  await catchUp(
    part,
    siblings.map((sibling) => sibling.part),
  );
  await part.promote();
  // Replicas of a data center that is gone are of no use to the one that was promoted in another.
  const followers = region === first(rung, 'primary').region ? others : siblings;
  await Promise.allSettled(followers.map((follower) => follower.part.follow(part)));
}

/** One that has received more holds what was acknowledged, perhaps alone. */
async function catchUp(replica: Replica, siblings: readonly Replica[]): Promise<void> {
  const positions = await Promise.all(
    siblings.map(async (sibling) => ({ sibling, position: await receivedBy(sibling).catch(() => 0n) })),
  );
  const [most] = positions.sort((a, b) => Number(b.position - a.position));
  if (most === undefined || (await receivedBy(replica)) >= most.position) {
    return;
  }
  await replica.follow(most.sibling);
  for (const deadline = Date.now() + CATCH_UP_MS; (await receivedBy(replica)) < most.position;) {
    if (Date.now() > deadline) {
      throw new Error('A sibling has received more, and does not hand it on: promote that one.');
    }
    await sleep(LOOK_MS);
  }
}
