/**
 * What the application sends and the click worker reads. A message holds the clicks of one second of one process: SQS
 * bills each 64 KB, so a message for each click would cost a hundred times as much.
 */

/** Raised when the form changes: workers that do not know a version leave its messages to the dead-letter queue. */
export const CLICK_MESSAGE_VERSION = 1;

/**
 * How many clicks a message holds: with the longest codes 20 KB, so that the ten messages of one request fit into 256
 * KB, and some thousand clicks into one transaction of the worker.
 */
export const MAX_CLICKS_PER_MESSAGE = 150;

/** How old a click may be when it is counted, in ms. Older ones may have been counted and forgotten. */
export const MAX_CLICK_AGE_MS = 20 * 86_400_000;

/**
 * How long it is remembered that a click was counted, in ms: a day longer, for clocks that differ. Both are longer than
 * the 14 days that a message waits in a queue at most, by the days that an outage may add
 * (docs/decisions/click-queue/idempotent-by-click.md).
 */
export const CLICK_MEMORY_MS = MAX_CLICK_AGE_MS + 86_400_000;

/**
 * Clicks that one process gathered together, on {@link MAX_CLICKS_PER_MESSAGE} links at most. They have their id from then
 * on, whichever way they go and however often: they are counted once, or not at all.
 */
export interface ClickBatch {
  /** A UUID of version 7: it begins with the time of the clicks. */
  readonly id: string;
  /** How many, by the link's code; one entry at least. */
  readonly counts: ReadonlyMap<string, number>;
}

/** Clicks of one link. In a message each has an id of its own; those with the same id are counted together. */
export interface Click {
  /** A UUID of version 7: it begins with the time of the clicks. */
  readonly id: string;
  /** The link's. */
  readonly code: string;
  /** 1 or more. */
  readonly count: number;
}

/** What a message turns out to be. */
export type Decoded =
  | { readonly kind: 'clicks'; readonly clicks: readonly [Click, ...Click[]] }
  /** Nothing that a worker of this version can count, now or later. */
  | { readonly kind: 'poison'; readonly reason: string };

const ID = /^[\da-f]{8}-[\da-f]{4}-7[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/;
const CODE = /^[0-9A-Za-z][0-9A-Za-z_-]{2,63}$/;

/** Far beyond what a process counts in a second. */
const MAX_COUNT = 1_000_000_000;

/** One message's body. At most {@link MAX_CLICKS_PER_MESSAGE} clicks; each id appears once. */
export function encodeClickMessage(clicks: readonly Click[]): string {
  return JSON.stringify({
    version: CLICK_MESSAGE_VERSION,
    clicks: clicks.map(({ id, code, count }) => ({ id, code, count })),
  });
}

/** Reads a message strictly: what is not exactly as {@link encodeClickMessage} writes it is poison, all of it. */
export function decodeClickMessage(body: string): Decoded {
  const message = parse(body);
  if (!isRecord(message) || !('version' in message)) {
    return { kind: 'poison', reason: 'not a click message' };
  }
  if (message['version'] !== CLICK_MESSAGE_VERSION) {
    return { kind: 'poison', reason: 'of an unknown version' };
  }
  const { clicks } = message;
  if (!hasOnly(message, ['version', 'clicks']) || !Array.isArray(clicks) || !clicks.every(isClick)) {
    return { kind: 'poison', reason: 'malformed' };
  }
  const [first, ...others] = clicks;
  if (first === undefined || clicks.length > MAX_CLICKS_PER_MESSAGE) {
    return { kind: 'poison', reason: 'without clicks, or with too many' };
  }
  return new Set(clicks.map(({ id }) => id)).size === clicks.length
    ? { kind: 'clicks', clicks: [first, ...others] }
    : { kind: 'poison', reason: 'with an id twice' };
}

/** The id of a click: a random UUID that begins with the time, in ms since 1970. */
export function clickId(time: number, random: string): string {
  const start = time.toString(16).padStart(12, '0');
  return `${start.slice(0, 8)}-${start.slice(8)}-7${random.slice(15)}`;
}

/** A batch's clicks as a message carries them: their ids follow from the batch's, and are the same each time. */
export function toMessageClicks({ id, counts }: ClickBatch): readonly Click[] {
  return Array.from(counts, ([code, count], index) => ({ id: memberId(id, index), code, count }));
}

/** A UUID of version 7 again: of the 12 random bits after its time become the index. */
function memberId(batchId: string, index: number): string {
  return batchId.slice(0, 15) + index.toString(16).padStart(3, '0') + batchId.slice(18);
}

/** When a click happened, in ms since 1970, by the clock of the process that counted it. */
export function clickTime(id: string): number {
  return Number.parseInt(id.slice(0, 8) + id.slice(9, 13), 16);
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function hasOnly(record: Readonly<Record<string, unknown>>, names: readonly string[]): boolean {
  return Object.keys(record).length === names.length && names.every((name) => name in record);
}

function isClick(value: unknown): value is Click {
  if (!isRecord(value) || !hasOnly(value, ['id', 'code', 'count'])) {
    return false;
  }
  const { id, code, count } = value;
  return (
    typeof id === 'string' &&
    ID.test(id) &&
    typeof code === 'string' &&
    CODE.test(code) &&
    typeof count === 'number' &&
    Number.isInteger(count) &&
    count >= 1 &&
    count <= MAX_COUNT
  );
}
