/**
 * Does work that several things may end: whichever of the signals comes first, or the time that the work may take, in
 * ms. The work is given one signal for all of them.
 *
 * `AbortSignal.any` is that in one word, and is forbidden here: Node 20 forgets a timeout inside it
 * (nodejs/node#57736), Node 22 a composite inside another, and Node 24 and 26 an abort that came while nothing listened
 * (nodejs/node#65995), each when memory is collected. Its listeners stay with the signals, too.
 */
export async function endedBy<Result>(
  signals: readonly AbortSignal[],
  work: (until: AbortSignal) => Promise<Result>,
  most?: number,
): Promise<Result> {
  const ending = new AbortController();
  const end = (): void => {
    ending.abort();
  };
  const timer = most === undefined ? undefined : setTimeout(end, most);
  signals.forEach((signal) => {
    if (signal.aborted) {
      end();
    }
    signal.addEventListener('abort', end);
  });
  try {
    return await work(ending.signal);
  } finally {
    clearTimeout(timer);
    signals.forEach((signal) => {
      signal.removeEventListener('abort', end);
    });
  }
}
