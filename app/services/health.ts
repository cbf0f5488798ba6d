import { DatabaseReadOnly, DatabaseUnavailable, type DatabaseHealth } from '../adapters/database';

/** How long an answer of the database about itself is repeated, in ms: probes cost it one statement a second at most. */
const ANSWER_LIFETIME_MS = 1_000;

export interface Health {
  /** True while reads can be answered and the process is not stopping. */
  ready(): Promise<boolean>;
  /** True while the database takes writes and the process is not stopping. */
  writable(): Promise<boolean>;
  /** From now on neither: load balancers should send no more requests here. */
  stop(): void;
}

export function createHealth(database: DatabaseHealth): Health {
  let stopping = false;
  const canRead = remembered(() => database.canRead().then(() => true));
  const canWrite = remembered(() => database.canWrite());
  return {
    ready: async () => !stopping && (await canRead()),
    writable: async () => !stopping && (await canWrite()),
    stop() {
      stopping = true;
    },
  };
}

/** Asks at most once per lifetime and never twice at a time; a question that fails is answered with false. */
function remembered(ask: () => Promise<boolean>): () => Promise<boolean> {
  let answer: Promise<boolean> | undefined;
  let askAgainAt = 0;
  return () => {
    if (answer === undefined || performance.now() >= askAgainAt) {
      askAgainAt = Infinity;
      answer = ask()
        .catch(() => false)
        .finally(() => {
          askAgainAt = performance.now() + ANSWER_LIFETIME_MS;
        });
    }
    return answer;
  };
}

/** Whether a failed request may succeed in a moment: the database did not answer, or does not take writes now. */
export function isPassing(error: unknown): boolean {
  return error instanceof DatabaseUnavailable;
}

/** Whether it was a write, and reads are answered meanwhile. */
export function isReadOnly(error: unknown): boolean {
  return error instanceof DatabaseReadOnly;
}
