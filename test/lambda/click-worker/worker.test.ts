/** What the worker does with messages, over databases and queues that fail as real ones do. */
import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { PASSED_ON_MESSAGES, POISON_MESSAGES } from '../../../contract/log-fields';
import { MAX_CLICK_AGE_MS, encodeClickMessage, type Click } from '../../../contract/click-message';
import type { Message } from '../../../lambda/click-worker/counting';
import type { ClickCounter, Outcome } from '../../../lambda/click-worker/database';
import { createPassOn, type Entry, type Send } from '../../../lambda/click-worker/pass-on';
import { createWorker } from '../../../lambda/click-worker/worker';
import { newClick, silent, totals } from './support';

const NOW = Date.now();
const now = () => NOW;
const COUNTED: Outcome = { kind: 'counted' };
const AWAY: Outcome = { kind: 'away', reason: new Error('in recovery') };
const REFUSED: Outcome = { kind: 'refused', reason: new Error('out of range') };

/** A link that no count can be added to. */
const FULL = 'full';

const messageOf = (...clicks: readonly Click[]): Message => ({
  id: randomUUID(),
  body: encodeClickMessage(clicks),
});

interface FakeDatabase extends ClickCounter {
  readonly counted: Map<string, Click>;
  readonly calls: number[];
}

/** Counts each id once, and refuses what the real one would. */
function createFakeDatabase(fate: () => 'up' | 'away' | 'counts, and the answer is lost'): FakeDatabase {
  const counted = new Map<string, Click>();
  const calls: number[] = [];
  return {
    counted,
    calls,
    count(clicks) {
      calls.push(clicks.length);
      const now = fate();
      if (now === 'away') {
        return Promise.resolve(AWAY);
      }
      if (clicks.some(({ code }) => code === FULL)) {
        return Promise.resolve(REFUSED);
      }
      clicks.forEach((click) => counted.set(click.id, counted.get(click.id) ?? click));
      return Promise.resolve(now === 'up' ? COUNTED : AWAY);
    },
  };
}

const up = () => 'up' as const;
const away = () => 'away' as const;

describe('an invocation', () => {
  const never: Send = () => Promise.reject(new Error('nothing is to be sent'));
  const workerOver = (counter: ClickCounter, send = never, log: typeof silent = silent) =>
    createWorker({
      counter,
      passOn: createPassOn({ queueUrls: ['next', 'own'], send, now }),
      log,
      now,
    });

  test('counts all of its messages at once', async () => {
    const database = createFakeDatabase(up);
    const clicks = [newClick('one'), newClick('two'), newClick('one')];
    expect(await workerOver(database)(clicks.map((click) => messageOf(click)))).toStrictEqual([]);
    expect(database.calls).toEqual([3]);
    expect(totals([...database.counted.values()])).toEqual(totals(clicks));
  });

  test('fails poison alone, and counts its neighbors', async () => {
    const database = createFakeDatabase(up);
    const poison = { id: 'poison', body: 'not a message' };
    const future = { id: 'future', body: '{"version":2,"clicks":[]}' };
    const good = newClick('one');
    expect(await workerOver(database)([poison, messageOf(good), future])).toStrictEqual(['poison', 'future']);
    expect([...database.counted.values()]).toEqual([good]);
  });

  test('fails alone what the database refuses, and counts its neighbors, found by halves', async () => {
    const database = createFakeDatabase(up);
    const messages = Array.from({ length: 16 }, (_, index) =>
      messageOf(newClick(index === 5 ? FULL : 'one')),
    );
    expect(await workerOver(database)(messages)).toStrictEqual([messages[5]?.id]);
    expect(database.calls).toEqual([16, 8, 4, 4, 2, 1, 1, 2, 8]);
    expect(database.counted.size).toBe(15);
  });

  test('does not count what is so old that it may have been counted and forgotten', async () => {
    const database = createFakeDatabase(up);
    const old = messageOf(newClick('one'), newClick('one', 1, NOW - MAX_CLICK_AGE_MS - 1));
    expect(await workerOver(database)([old])).toStrictEqual([old.id]);
    expect(database.calls).toEqual([]);
  });

  test('asks a database that is away once, and passes everything on untouched', async () => {
    const sent: Entry[] = [];
    const send: Send = (_queueUrl, entries) => {
      sent.push(...entries);
      return Promise.resolve([]);
    };
    const database = createFakeDatabase(away);
    const messages = Array.from({ length: 25 }, () => messageOf(newClick('one')));
    expect(await workerOver(database, send)(messages)).toStrictEqual([]);
    expect(database.calls).toEqual([25]);
    expect(sent.map(({ body }) => body)).toEqual(messages.map(({ body }) => body));
  });

  test('asks no more when the database goes away between the halves', async () => {
    const fates = ['up', 'away'] as const;
    const database = createFakeDatabase(() => fates[database.calls.length - 1] ?? 'up');
    const sent: Entry[] = [];
    const send: Send = (_queueUrl, entries) => {
      sent.push(...entries);
      return Promise.resolve([]);
    };
    const messages = [FULL, 'one', 'two', 'three'].map((code) => messageOf(newClick(code)));
    expect(await workerOver(database, send)(messages)).toStrictEqual([]);
    expect(database.calls).toEqual([4, 2]);
    expect(sent).toHaveLength(4);
  });

  test('says how many are poison, of which a metric is made, and why', async () => {
    const error = jest.fn();
    const old = messageOf(newClick('one', 1, NOW - MAX_CLICK_AGE_MS - 1));
    const messages = [{ id: 'poison', body: 'not a message' }, old, messageOf(newClick(FULL))];
    const failed = await workerOver(createFakeDatabase(up), never, { ...silent, error })(messages);
    expect(failed).toEqual(messages.map(({ id }) => id));
    expect(error.mock.calls).toEqual([
      [{ err: new Error('out of range') }, 'The database refuses the clicks of a message.'],
      [
        {
          [POISON_MESSAGES]: 3,
          reasons: ['not a click message', 'so old that it may have been counted and forgotten'],
        },
        'Messages cannot be counted; they are left to the dead-letter queue.',
      ],
    ]);
  });

  test('counts those that it cannot read and those that the database refuses together', async () => {
    const error = jest.fn();
    const messages = [{ id: 'poison', body: 'not a message' }, messageOf(newClick(FULL))];
    await workerOver(createFakeDatabase(up), never, { ...silent, error })(messages);
    expect(error).toHaveBeenLastCalledWith(
      { [POISON_MESSAGES]: 2, reasons: ['not a click message'] },
      'Messages cannot be counted; they are left to the dead-letter queue.',
    );
  });

  test('fails nothing else where all are poison, and asks no database', async () => {
    const database = createFakeDatabase(up);
    expect(await workerOver(database)([{ id: 'poison', body: 'not a message' }])).toStrictEqual(['poison']);
    expect(database.calls).toEqual([]);
  });

  test('says why the database takes nothing', async () => {
    const warn = jest.fn();
    const message = messageOf(newClick('one'));
    await workerOver(createFakeDatabase(away), never, { ...silent, warn })([message]);
    expect(warn).toHaveBeenCalledWith({ err: new Error('in recovery') }, 'The database takes no clicks now.');
  });

  test('counts what is just as old as it may be', async () => {
    const database = createFakeDatabase(up);
    expect(await workerOver(database)([messageOf(newClick('one', 1, NOW - MAX_CLICK_AGE_MS))])).toStrictEqual(
      [],
    );
    expect(database.counted.size).toBe(1);
  });

  test('says how many were passed on, of which a metric is made, and how many no queue took', async () => {
    const warn = jest.fn();
    const messages = Array.from({ length: 3 }, () => messageOf(newClick('one')));
    const send: Send = (_queueUrl, entries) =>
      Promise.resolve(entries.filter(({ body }) => body === messages[0]?.body).map(({ id }) => id));
    await workerOver(createFakeDatabase(away), send, { ...silent, warn })(messages);
    expect(warn).toHaveBeenLastCalledWith(
      { [PASSED_ON_MESSAGES]: 2, stranded: 1 },
      'Messages were passed on, to be counted later or elsewhere.',
    );
  });

  test('says nothing, of poison or of passing on, where all were counted', async () => {
    const log = { warn: jest.fn(), error: jest.fn() };
    await workerOver(createFakeDatabase(up), never, log)([messageOf(newClick('one'))]);
    expect(log.error).not.toHaveBeenCalled();
    expect(log.warn).not.toHaveBeenCalled();
  });

  test('fails what no queue takes, so that its own delivers it again', async () => {
    const message = messageOf(newClick('one'));
    expect(await workerOver(createFakeDatabase(away))([message])).toStrictEqual([message.id]);
  });
});

describe('passing on', () => {
  const waiting = (age = 0) => ({ id: randomUUID(), body: 'body', since: NOW - age });

  test('tries the next data center first, then the one after it, its own queue last', async () => {
    const tried: string[] = [];
    const send: Send = (queueUrl, entries) => {
      tried.push(queueUrl);
      return queueUrl === 'own' ? Promise.resolve([]) : Promise.resolve(entries.map(({ id }) => id));
    };
    expect(await createPassOn({ queueUrls: ['next', 'other', 'own'], send, now })([waiting()])).toEqual([]);
    expect(tried).toEqual(['next', 'other', 'own']);
  });

  test('asks no other queue where the first one takes everything', async () => {
    const tried: string[] = [];
    const send: Send = (queueUrl) => {
      tried.push(queueUrl);
      return Promise.resolve([]);
    };
    expect(await createPassOn({ queueUrls: ['next', 'own'], send, now })([waiting()])).toEqual([]);
    expect(tried).toEqual(['next']);
  });

  test('sends elsewhere only what was refused', async () => {
    const sent: [string, number][] = [];
    const send: Send = (queueUrl, entries) => {
      sent.push([queueUrl, entries.length]);
      return Promise.resolve(queueUrl === 'next' ? entries.slice(0, 3).map(({ id }) => id) : []);
    };
    const messages = Array.from({ length: 12 }, () => waiting());
    expect(await createPassOn({ queueUrls: ['next', 'own'], send, now })(messages)).toEqual([]);
    expect(sent).toEqual([
      ['next', 10],
      ['own', 3],
      ['next', 2],
      ['own', 2],
    ]);
  });

  test('waits once for a queue that does not answer, however many messages there are', async () => {
    const tried: string[] = [];
    const send: Send = (queueUrl) => {
      tried.push(queueUrl);
      return queueUrl === 'own' ? Promise.resolve([]) : Promise.reject(new Error('timed out'));
    };
    const messages = Array.from({ length: 30 }, () => waiting());
    expect(await createPassOn({ queueUrls: ['next', 'own'], send, now })(messages)).toEqual([]);
    expect(tried).toEqual(['next', 'own', 'own', 'own']);
  });

  test('waits longer the older a message is: from a second to a quarter of an hour, never in step', async () => {
    const delays = async (age: number): Promise<readonly number[]> => {
      const seen: number[] = [];
      const send: Send = (_queueUrl, entries) => {
        seen.push(...entries.map(({ delaySeconds }) => delaySeconds));
        return Promise.resolve([]);
      };
      await createPassOn({ queueUrls: ['own'], send, now })(Array.from({ length: 50 }, () => waiting(age)));
      return seen;
    };
    expect(new Set(await delays(-60_000))).toEqual(new Set([1]));
    expect(new Set(await delays(1_000))).toEqual(new Set([1]));
    const minute = await delays(60_000);
    expect(Math.min(...minute)).toBeGreaterThanOrEqual(15);
    expect(Math.max(...minute)).toBeLessThanOrEqual(30);
    expect(new Set(minute).size).toBeGreaterThan(5);
    const day = await delays(86_400_000);
    expect(Math.min(...day)).toBeGreaterThanOrEqual(450);
    expect(Math.max(...day)).toBeLessThanOrEqual(900);
  });
});

/**
 * Data centers in a ring, each with a queue and a worker; one database that takes writes, and all know it as theirs or
 * as a replica. Chance decides what fails; in the end all is well for long enough.
 */
interface Chances {
  /** What each call meets in turn; when they are used up, all is well. */
  readonly database: readonly ('up' | 'away' | 'counts, and the answer is lost')[];
  readonly sends: readonly ('taken' | 'lost' | 'taken, unheard')[];
  /** Whether the worker dies before it has answered: everything is delivered again. */
  readonly deaths: readonly boolean[];
}

const chances: fc.Arbitrary<Chances> = fc.record({
  database: fc.array(fc.constantFrom('up', 'away', 'counts, and the answer is lost'), { maxLength: 30 }),
  sends: fc.array(fc.constantFrom('taken', 'lost', 'taken, unheard'), { maxLength: 30 }),
  deaths: fc.array(fc.boolean(), { maxLength: 20 }),
});

const drawn = <Item>(items: readonly Item[], otherwise: Item): (() => Item) => {
  const left = [...items];
  return () => left.shift() ?? otherwise;
};

test('whatever fails, each click is counted once, what cannot be counted fails, and nothing is left', async () => {
  const kinds = fc.array(fc.constantFrom('one', 'two', 'three', FULL, 'poison'), {
    minLength: 1,
    maxLength: 40,
  });
  await fc.assert(
    fc.asyncProperty(
      kinds,
      fc.integer({ min: 1, max: 3 }),
      fc.integer({ min: 1, max: 10 }),
      chances,
      async (codes, centers, batchSize, { database, sends, deaths }) => {
        const clicks = codes.filter((code) => code !== 'poison').map((code) => newClick(code));
        const bodies = [
          ...clicks.map((click) => encodeClickMessage([click])),
          ...codes.filter((code) => code === 'poison'),
        ];
        const names = Array.from({ length: centers }, (_, index) => `queue-${index}`);
        const queues = new Map<string, Message[]>(names.map((name) => [name, []]));
        bodies.forEach((body, index) => {
          queues.get(names[index % centers] ?? '')?.push({ id: randomUUID(), body });
        });
        const store = createFakeDatabase(drawn(database, 'up'));
        const nextSend = drawn(sends, 'taken');
        const nextDeath = drawn(deaths, false);
        const send: Send = (queueUrl, entries) => {
          const fate = nextSend();
          const taken = fate === 'lost' ? [] : entries.map(({ body }) => ({ id: randomUUID(), body }));
          queues.get(queueUrl)?.push(...taken);
          return fate === 'taken' ? Promise.resolve([]) : Promise.reject(new Error(fate));
        };
        const dead: string[] = [];
        const workers = names.map((own, index) => {
          const ring = [...names.slice(index + 1), ...names.slice(0, index), own];
          const passOn = createPassOn({ queueUrls: ring, send, now });
          return { own, work: createWorker({ counter: store, passOn, log: silent, now }) };
        });
        while ([...queues.values()].some(({ length }) => length > 0)) {
          for (const { own, work } of workers) {
            const batch = queues.get(own)?.splice(0, batchSize) ?? [];
            const failed = new Set(await work(batch));
            const died = nextDeath();
            const isSettled = (message: Message): boolean =>
              message.body === 'poison' || message.body.includes(`"${FULL}"`);
            const again = batch.filter((message) => died || (failed.has(message.id) && !isSettled(message)));
            queues.get(own)?.push(...again);
            dead.push(
              ...batch
                .filter((message) => !died && failed.has(message.id) && isSettled(message))
                .map(({ body }) => body),
            );
          }
        }
        expect(totals([...store.counted.values()])).toEqual(
          totals(clicks.filter(({ code }) => code !== FULL)),
        );
        expect(new Set(dead)).toEqual(
          new Set(bodies.filter((body) => body === 'poison' || body.includes(`"${FULL}"`))),
        );
      },
    ),
    { numRuns: 300 },
  );
});
