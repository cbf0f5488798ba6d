export interface GatherOptions {
  /** How many items go together at most. */
  readonly most: number;
  /** How long the first of them waits for others, in ms. */
  readonly wait: number;
}

/**
 * Takes items one by one, as they are delivered, and works on them together, one batch at a time. Each call resolves
 * with what the work says of its item.
 */
export function gather<Item, Result>(
  work: (items: readonly Item[]) => Promise<(item: Item) => Result>,
  { most, wait }: GatherOptions,
): (item: Item) => Promise<Result> {
  let waiting: { readonly item: Item; readonly settle: (result: Promise<Result>) => void }[] = [];
  let timer: NodeJS.Timeout | undefined;
  let isWorking = false;

  function start(): void {
    clearTimeout(timer);
    timer = undefined;
    const batch = waiting.slice(0, most);
    waiting = waiting.slice(most);
    isWorking = true;
    const result = work(batch.map(({ item }) => item));
    batch.forEach(({ item, settle }) => {
      settle(result.then((resultOf) => resultOf(item)));
    });
    result
      .catch(() => undefined)
      .finally(() => {
        isWorking = false;
        schedule();
      });
  }

  function schedule(): void {
    if (isWorking || waiting.length === 0) {
      return;
    }
    if (waiting.length >= most) {
      start();
    } else {
      timer ??= setTimeout(start, wait);
    }
  }

  return (item) =>
    new Promise((resolve) => {
      waiting.push({ item, settle: resolve });
      schedule();
    });
}
