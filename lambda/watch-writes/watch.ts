import { WRITES_TAKEN } from '../../contract/log-fields';
import type { Instance, Writes } from '../promote-replica/promotion';

/** What the watch sees and does. */
export interface Watched {
  /** One look; never rejects. */
  writes(): Promise<Writes>;
  markIsThere(): Promise<boolean>;
  instance(): Promise<Instance>;
  /** Of the old primary; it rejects while that region does not answer. */
  sourceIsReadOnly(): Promise<boolean>;
  makeSourceReadOnly(): Promise<void>;
  tell(subject: string, message: string): Promise<void>;
  log(fields: object, sentence: string): void;
}

/**
 * What is done each minute. It says whether anybody takes writes, for alarms to go by. And where this data center was
 * promoted for certain, marked and no replica any more, it makes the old primary read-only as soon as its region answers:
 * health checks keep users away from it, but not its own region's workers. Said once, when it is done.
 */
export async function watch(watched: Watched): Promise<void> {
  const writes = await watched.writes();
  const taken = { taken: { [WRITES_TAKEN]: 1 }, nobody: { [WRITES_TAKEN]: 0 }, unknown: {} }[writes.kind];
  watched.log({ ...writes, ...taken }, 'Writes through the domain');
  if (!(await watched.markIsThere()) || (await watched.instance()).isReplica) {
    return;
  }
  const readOnly = await watched.sourceIsReadOnly().catch(() => 'no answer' as const);
  if (readOnly === 'no answer') {
    watched.log({}, 'The old primary’s region does not answer yet.');
  } else if (!readOnly) {
    await watched.makeSourceReadOnly();
    await watched.tell(
      'The old primary is back, and read-only',
      'Its region answers again. Its database takes no writes any more, also after a restart. Rejoin it by docs/runbook.md#the-old-region-comes-back',
    );
  }
}
