/**
 * Fields of a log line that infrastructure makes metrics of, by a filter such as `{ $.lostClicks > 0 }` whose value is
 * the field. A line carries what is new since the last one, so that a sum over time is right.
 */

/** The application: clicks that will never be counted, because too many waited or the process had to stop. */
export const LOST_CLICKS = 'lostClicks';

/** The worker: messages that went on to another queue, or later to the same one, because the database takes no writes. */
export const PASSED_ON_MESSAGES = 'passedOnMessages';

/** The worker: messages that cannot be counted; SQS moves them to the dead-letter queue. */
export const POISON_MESSAGES = 'poisonMessages';

/** The worker on servers: the kind of queue that it reads, in each of its lines. */
export const QUEUE_READ = 'queue';

/**
 * The watch: 1 where writes are taken through the domain, 0 where they are not, absent where it cannot tell. Not a
 * count: its maximum over time is what is asked for.
 */
export const WRITES_TAKEN = 'writesTaken';
