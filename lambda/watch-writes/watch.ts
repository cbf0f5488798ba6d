import { WRITES_TAKEN } from '../../contract/log-fields';
import type { Instance, Writes } from '../promote-replica/promotion';

/** What the watch reads and changes. */
export interface WatchServices {
  /** One probe; never rejects. */
  writes(): Promise<Writes>;
  markIsThere(): Promise<boolean>;
  instance(): Promise<Instance>;
  /** Whether the old primary is read-only; rejects while its region does not answer. */
  sourceIsReadOnly(): Promise<boolean>;
  makeSourceReadOnly(): Promise<void>;
  notify(subject: string, message: string): Promise<void>;
  log(fields: object, sentence: string): void;
}

/**
 * Logs whether writes are accepted, for an alarm. If this data center is certainly promoted, with a mark and no replica any more, it also
 * makes the old primary read-only as soon as its region answers, and notifies operators once: health checks keep users away from the old
 * primary, but not its own region’s workers.
 */
export async function watch(services: WatchServices): Promise<void> {
  const writes = await services.writes();
  const taken = { taken: { [WRITES_TAKEN]: 1 }, none: { [WRITES_TAKEN]: 0 }, unknown: {} }[writes.kind];
  services.log({ ...writes, ...taken }, 'Writes through the domain');
  if (!(await services.markIsThere()) || (await services.instance()).isReplica) {
    return;
  }
  const readOnly = await services.sourceIsReadOnly().catch(() => 'no answer' as const);
  if (readOnly === 'no answer') {
    services.log({}, 'The old primary’s region does not answer yet.');
  } else if (!readOnly) {
    await services.makeSourceReadOnly();
    await services.notify(
      'The old primary is back, and read-only',
      'Its region answers again. Its database takes no writes any more, also after a restart. Rejoin it by docs/runbook.md#the-old-region-comes-back',
    );
  }
}
