/** How many calls in a row must fail until none is made any more. */
export const FAILURES_TO_OPEN = 5;

/** How long no call is made then, in ms, on average; jitter keeps many servers from coming back at once. */
const PAUSE_MS = 1_000;

/** Permission for one call. */
type Ticket = number;

/** `reopened`: the one call that was made to see whether things are well again has failed. */
export type Change = 'opened' | 'reopened' | 'closed';

export interface Breaker {
  /** Undefined where the call is not to be made. Each ticket has to be settled. */
  readonly admit: () => Ticket | undefined;
  /** Tells how a call ended; answers with what that has changed. */
  readonly settle: (ticket: Ticket, succeeded: boolean) => Change | undefined;
}

export interface BreakerOptions {
  /** In ms. */
  readonly clock: () => number;
  /** From 0 to 1. */
  readonly random: () => number;
}

/**
 * A circuit breaker. Closed, it admits every call. After some failures in a row it opens and admits none; after a
 * pause it admits one, whose end decides. How calls end that were admitted before a change says nothing about now.
 */
export function createBreaker({ clock, random }: BreakerOptions): Breaker {
  let state: 'closed' | 'open' | 'probing' = 'closed';
  /** Raised with each change of state; a ticket is the era that it was given in. */
  let era = 0;
  let failures = 0;
  let probeAt = 0;

  function become(next: typeof state): void {
    state = next;
    era += 1;
    failures = 0;
  }

  function open(): void {
    become('open');
    probeAt = clock() + PAUSE_MS * (0.5 + random());
  }

  function settleProbe(succeeded: boolean): Change {
    if (succeeded) {
      become('closed');
      return 'closed';
    }
    open();
    return 'reopened';
  }

  return {
    admit() {
      if (state === 'open' && clock() >= probeAt) {
        become('probing');
        return era;
      }
      return state === 'closed' ? era : undefined;
    },
    settle(ticket, succeeded) {
      if (ticket !== era) {
        return undefined;
      }
      if (state === 'probing') {
        return settleProbe(succeeded);
      }
      failures = succeeded ? 0 : failures + 1;
      if (failures < FAILURES_TO_OPEN) {
        return undefined;
      }
      open();
      return 'opened';
    },
  };
}
