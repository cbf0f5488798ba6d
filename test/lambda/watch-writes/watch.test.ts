/** What the watch says each minute, and when it makes the old primary read-only. */
import type { Writes } from '../../../lambda/promote-replica/promotion';
import { watch, type WatchServices } from '../../../lambda/watch-writes/watch';

interface Facts {
  readonly writes: Writes;
  readonly mark: boolean;
  readonly replica: boolean;
  /** What the old primary’s region says of it, if it answers. */
  readonly readOnly: boolean | Error;
}

/** After a promotion, with the old region back and its database still taking writes. */
const BACK: Facts = { writes: { kind: 'none' }, mark: true, replica: false, readOnly: false };

interface Minute {
  readonly logged: readonly object[];
  readonly notified: readonly string[];
  readonly steps: readonly string[];
}

async function minute(facts: Partial<Facts>, failing?: keyof WatchServices): Promise<Minute> {
  const { writes, mark, replica, readOnly } = { ...BACK, ...facts };
  const logged: object[] = [];
  const notified: string[] = [];
  const steps: string[] = [];
  const step = <T>(name: keyof WatchServices, result: T): Promise<T> => {
    steps.push(name);
    return name === failing ? Promise.reject(new Error(`${name} failed`)) : Promise.resolve(result);
  };
  await watch({
    writes: () => step('writes', writes),
    markIsThere: () => step('markIsThere', mark),
    instance: () => step('instance', { isReplica: replica, status: 'available' }),
    sourceIsReadOnly: () =>
      step('sourceIsReadOnly', readOnly).then((answer) =>
        answer instanceof Error ? Promise.reject(answer) : answer,
      ),
    makeSourceReadOnly: () => step('makeSourceReadOnly', undefined),
    notify: (subject) => {
      notified.push(subject);
      return step('notify', undefined);
    },
    log: (fields) => logged.push(fields),
  });
  return { logged, notified, steps };
}

describe('whether writes are accepted is logged as the number that the alarm reads:', () => {
  test('1 where they are', async () => {
    const { logged } = await minute({ writes: { kind: 'taken', region: 'us-east-1' }, mark: false });
    expect(logged).toEqual([{ kind: 'taken', region: 'us-east-1', writesTaken: 1 }]);
  });

  test('0 where they are not', async () => {
    const { logged } = await minute({ mark: false });
    expect(logged).toEqual([{ kind: 'none', writesTaken: 0 }]);
  });

  test('no number where it is unknown', async () => {
    const { logged } = await minute({ writes: { kind: 'unknown', why: 'no TLS' }, mark: false });
    expect(logged).toEqual([{ kind: 'unknown', why: 'no TLS' }]);
  });
});

describe('the old primary', () => {
  test('is made read-only once its region answers after a promotion, and operators are notified', async () => {
    const { steps, notified } = await minute({});
    expect(steps.slice(-2)).toEqual(['makeSourceReadOnly', 'notify']);
    expect(notified).toEqual(['The old primary is back, and read-only']);
  });

  test('is left alone, without another notification, where it is read-only', async () => {
    const { steps } = await minute({ readOnly: true });
    expect(steps.at(-1)).toBe('sourceIsReadOnly');
  });

  test('is asked again next minute while its region does not answer, which is no failure', async () => {
    const { steps, logged } = await minute({ readOnly: new Error('no answer') });
    expect(steps.at(-1)).toBe('sourceIsReadOnly');
    expect(logged).toHaveLength(2);
  });

  test.each([
    ['without a mark', { mark: false }],
    ['while the instance is a replica, marked or not', { replica: true }],
    ['without either', { mark: false, replica: true }],
  ])('is not even asked %s: the promotion is not certain', async (_, facts) => {
    const { steps } = await minute(facts);
    expect(steps).not.toContain('sourceIsReadOnly');
  });

  test('is made read-only even if no notification can be sent', async () => {
    await expect(minute({}, 'notify')).rejects.toThrow('notify failed');
  });
});

test.each(['markIsThere', 'instance', 'makeSourceReadOnly'] as const)(
  'where %s fails, so does the watch, which an alarm sees',
  async (name) => {
    await expect(minute({}, name)).rejects.toThrow(`${name} failed`);
  },
);
