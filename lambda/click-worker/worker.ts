import { clickTime } from '../../contract/click-message';
import { PASSED_ON_MESSAGES } from '../../contract/log-fields';
import { createCounting, type CountingOptions, type Message } from './counting';
import type { PassOn } from './pass-on';

export interface WorkerOptions extends CountingOptions {
  readonly passOn: PassOn;
}

/**
 * What one invocation does with its messages. Resolves with the ids of those that failed, which the queue delivers
 * again and moves to its dead-letter queue in the end: they are poison, or could be neither counted nor passed on.
 */
export function createWorker({
  passOn,
  ...options
}: WorkerOptions): (messages: readonly Message[]) => Promise<readonly string[]> {
  const count = createCounting(options);
  return async (messages) => {
    const { poison, away } = await count(messages);
    const stranded = await passOn(
      away.map(({ id, body, clicks }) => ({ id, body, since: clickTime(clicks[0].id) })),
    );
    if (away.length > 0) {
      options.log.warn(
        { [PASSED_ON_MESSAGES]: away.length - stranded.length, stranded: stranded.length },
        'Messages were passed on, to be counted later or elsewhere.',
      );
    }
    return [...poison, ...stranded].map(({ id }) => id);
  };
}
