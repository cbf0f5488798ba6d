/** What happens between queue and database, whichever queue it is. */
import { gather } from '../../../server/click-worker/gather';
import { createHold, oneAtATime } from '../../../server/click-worker/hold';
import { readUntilStopped } from '../../../server/click-worker/queue';
import { readSettings } from '../../../server/click-worker/settings';
import type { Left, Message } from '../../../lambda/click-worker/counting';
import { newClick } from '../../lambda/click-worker/support';

const messages: readonly Message[] = ['one', 'two', 'three'].map((id) => ({ id, body: id }));
const [one, two, three] = messages;
const never = new AbortController().signal;
const QUICK = { first: 1, most: 2 };

const away = (some: readonly Message[]): Left['away'] =>
  some.map((message) => ({ ...message, clicks: [newClick('code')] }));

test('messages are held while the database is away, each poison is named once, neighbors are not counted again', async () => {
  const asked: string[][] = [];
  const hold = createHold((some) => {
    asked.push(some.map(({ id }) => id));
    return Promise.resolve(
      asked.length < 4
        ? {
            poison: asked.length === 1 && two ? [two] : [],
            away: away(some.filter(({ id }) => id !== 'two')),
          }
        : { poison: [], away: [] },
    );
  }, QUICK);
  expect(await hold(messages, never)).toEqual({ poison: [two], left: [] });
  expect(asked).toEqual([['one', 'two', 'three'], ...Array.from({ length: 3 }, () => ['one', 'three'])]);
});

test('a signal ends the waiting: what was not counted is left, and is not tried once more', async () => {
  const stopping = new AbortController();
  let calls = 0;
  const hold = createHold((some) => {
    calls += 1;
    stopping.abort();
    return Promise.resolve({ poison: [], away: away(some) });
  });
  const { left } = await hold(messages, stopping.signal);
  expect(left.map(({ id }) => id)).toEqual(['one', 'two', 'three']);
  expect(calls).toBe(1);
  expect(await hold(messages, stopping.signal)).toEqual({ poison: [], left: messages });
  expect(calls).toBe(1);
});

test('what is delivered one by one is worked on together, one batch at a time', async () => {
  const batches: (readonly number[])[] = [];
  let running = 0;
  const add = gather<number, number>(
    async (items) => {
      batches.push(items);
      running += 1;
      expect(running).toBe(1);
      await new Promise(setImmediate);
      running -= 1;
      return (item) => item * 2;
    },
    { most: 3, wait: 5 },
  );
  expect(await Promise.all([1, 2, 3, 4, 5, 6, 7].map(add))).toEqual([2, 4, 6, 8, 10, 12, 14]);
  expect(batches).toEqual([[1, 2, 3], [4, 5, 6], [7]]);
});

test('a batch that fails fails each of its items, and the next one is worked on', async () => {
  let calls = 0;
  const add = gather<number, number>(
    () => {
      calls += 1;
      return calls === 1 ? Promise.reject(new Error('lost')) : Promise.resolve((item) => item);
    },
    { most: 2, wait: 1 },
  );
  const results = await Promise.allSettled([1, 2, 3].map(add));
  expect(results.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'fulfilled']);
});

test('counting is asked for one batch at a time, also after one that failed', async () => {
  let running = 0;
  const work = oneAtATime(async (item: Message | undefined) => {
    running += 1;
    expect(running).toBe(1);
    await new Promise(setImmediate);
    running -= 1;
    if (item === two) {
      throw new Error('two');
    }
    return item?.id;
  });
  expect(await Promise.allSettled([one, two, three].map(work))).toMatchObject([
    { value: 'one' },
    { status: 'rejected' },
    { value: 'three' },
  ]);
});

test('a queue that is away is read again, until the signal comes', async () => {
  const stopping = new AbortController();
  const warned: unknown[] = [];
  let reads = 0;
  const log = {
    info: () => undefined,
    warn: (fields: object) => void warned.push(fields),
    error: () => undefined,
  };
  const read = () => {
    reads += 1;
    if (reads === 2) {
      stopping.abort();
    }
    return reads === 1 ? Promise.reject(new Error('away')) : Promise.resolve();
  };
  const hold = createHold(() => Promise.resolve({ poison: [], away: [] }));
  await readUntilStopped(read, { hold, log, signal: stopping.signal });
  expect(reads).toBe(2);
  expect(warned).toMatchObject([{ failures: 1, err: { message: 'away' } }]);
});

const DATABASE_URL = 'postgresql://app@db.example.com/app';
const CLICK_QUEUE_SECRET_ARN = 'arn:aws:secretsmanager:eu-west-1:123456789012:secret:queue-AbCdEf';

test('the worker’s settings say which queue it reads, and by which secret', () => {
  expect(readSettings({ DATABASE_URL, CLICK_QUEUE_URL: 'amqps://broker', CLICK_QUEUE_SECRET_ARN })).toEqual({
    databaseUrls: [DATABASE_URL],
    secretArn: undefined,
    queue: { kind: 'rabbitmq', url: 'amqps://broker', isEncrypted: true },
    queueSecretArn: CLICK_QUEUE_SECRET_ARN,
  });
});

test('every wrong setting is named at once; SQS is not read here', () => {
  const read = () =>
    readSettings({ CLICK_QUEUE_URL: 'https://sqs.example.com/queue', CLICK_QUEUE_SECRET_ARN });
  expect(read).toThrow(
    /DATABASE_URL must be .* CLICK_QUEUE_URL must be .*one of SQS is read by Lambda\. CLICK_QUEUE_SECRET_ARN needs a CLICK_QUEUE_URL that starts with amqps/,
  );
});
