/** What the watch says each minute, and when it makes the old primary read-only. */
import type { Writes } from '../../../lambda/promote-replica/promotion';
import { watch, type Watched } from '../../../lambda/watch-writes/watch';

interface Facts {
  readonly writes: Writes;
  readonly mark: boolean;
  readonly replica: boolean;
  /** What the old primary’s region says of it, if it answers. */
  readonly readOnly: boolean | Error;
}

/** After a promotion, with the old region back and its database still taking writes. */
const BACK: Facts = { writes: { kind: 'nobody' }, mark: true, replica: false, readOnly: false };

interface Minute {
  readonly logged: readonly object[];
  readonly told: readonly string[];
  readonly steps: readonly string[];
}

async function minute(facts: Partial<Facts>, failing?: keyof Watched): Promise<Minute> {
  const { writes, mark, replica, readOnly } = { ...BACK, ...facts };
  const logged: object[] = [];
  const told: string[] = [];
  const steps: string[] = [];
  const step = <T>(name: keyof Watched, result: T): Promise<T> => {
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
    tell: (subject) => {
      told.push(subject);
      return step('tell', undefined);
    },
    log: (fields) => logged.push(fields),
  });
  return { logged, told, steps };
}

describe('who takes writes is logged as the number that the alarm goes by:', () => {
  test('1 where somebody does', async () => {
    const { logged } = await minute({ writes: { kind: 'taken', region: 'us-east-1' }, mark: false });
    expect(logged).toEqual([{ kind: 'taken', region: 'us-east-1', writesTaken: 1 }]);
  });

  test('0 where nobody does', async () => {
    const { logged } = await minute({ mark: false });
    expect(logged).toEqual([{ kind: 'nobody', writesTaken: 0 }]);
  });

  test('no number where it cannot be told', async () => {
    const { logged } = await minute({ writes: { kind: 'unknown', why: 'no TLS' }, mark: false });
    expect(logged).toEqual([{ kind: 'unknown', why: 'no TLS' }]);
  });
});

describe('the old primary', () => {
  test('is made read-only once its region answers after a promotion, and that is told', async () => {
    const { steps, told } = await minute({});
    expect(steps.slice(-2)).toEqual(['makeSourceReadOnly', 'tell']);
    expect(told).toEqual(['The old primary is back, and read-only']);
  });

  test('is left alone, and nobody is told again, where it is read-only', async () => {
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
  ])('is not even asked %s: nothing was promoted for certain', async (_, facts) => {
    const { steps } = await minute(facts);
    expect(steps).not.toContain('sourceIsReadOnly');
  });

  test('is made read-only although nobody can be told', async () => {
    await expect(minute({}, 'tell')).rejects.toThrow('tell failed');
  });
});

test.each(['markIsThere', 'instance', 'makeSourceReadOnly'] as const)(
  'where %s fails, so does the watch, which an alarm sees',
  async (name) => {
    await expect(minute({}, name)).rejects.toThrow(`${name} failed`);
  },
);
