interface GatherOptions {
  /** How many batches are under way at once; what is asked for meanwhile waits for the next one. */
  readonly atOnce: number;
  /** How many keys a batch has at most. */
  readonly batchSize: number;
  /** After how many ms a batch that is under way counts no more: one that is slow must not hold up the next ones. */
  readonly slowAfter: number;
}

/**
 * For reads of a server near by, which answers within a millisecond or two. Two at once keep it busy while this process deals
 * with an answer; more would only be smaller.
 */
const READS: GatherOptions = { atOnce: 2, batchSize: 100, slowAfter: 10 };

interface Asker<Key, Value> {
  readonly key: Key;
  readonly resolve: (value: Value | undefined) => void;
  readonly reject: (reason: unknown) => void;
}

/**
 * Makes one question of many: what is asked for in the same turn of the event loop is loaded together, and while enough
 * batches are under way, what is asked for until one of them returns. An idle process waits for no timer, a busy one asks
 * seldomer for more.
 *
 * @param load resolves with what there is of the keys; where it rejects, all who asked for them hear so
 * @returns asks for one key: undefined where there is nothing of it. A load that answers it begins after it was asked
 */
export function gather<Key, Value>(
  load: (keys: readonly Key[]) => Promise<ReadonlyMap<Key, Value>>,
  { atOnce, batchSize, slowAfter }: GatherOptions = READS,
): (key: Key) => Promise<Value | undefined> {
  const waiting: Asker<Key, Value>[] = [];
  let underWay = 0;
  let isTurnEnding = false;

  function begin(): void {
    isTurnEnding = false;
    while (waiting.length > 0 && underWay < atOnce) {
      void run(waiting.splice(0, batchSize));
    }
  }

  async function run(batch: readonly Asker<Key, Value>[]): Promise<void> {
    underWay += 1;
    let counts = true;
    const makeRoom = (): void => {
      if (counts) {
        counts = false;
        underWay -= 1;
        begin();
      }
    };
    const slow = setTimeout(makeRoom, slowAfter);
    try {
      const values = await load(batch.map(({ key }) => key));
      batch.forEach(({ key, resolve }) => {
        resolve(values.get(key));
      });
    } catch (error) {
      batch.forEach(({ reject }) => {
        reject(error);
      });
    }
    clearTimeout(slow);
    makeRoom();
  }

  return (key) =>
    new Promise((resolve, reject) => {
      waiting.push({ key, resolve, reject });
      if (!isTurnEnding && underWay < atOnce) {
        isTurnEnding = true;
        setImmediate(begin);
      }
    });
}
