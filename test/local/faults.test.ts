import { BUILT_RUNGS, QUEUE_KINDS } from '../../lib/scaling-plan';
import { FAULTS, promisesOf } from '../../local/faults';
import { inWords } from '../../local/promises';

const RUNGS = BUILT_RUNGS.map(({ number }) => number);

describe('the promises', () => {
  test('are one or more for each fault, whose name is its own', () => {
    expect(FAULTS.filter(({ promises }) => promises.length === 0)).toEqual([]);
    expect(new Set(FAULTS.map(({ name }) => name)).size).toBe(FAULTS.length);
  });

  test.each(RUNGS)('of rung %i are one for each fault', (rung) => {
    const faults = promisesOf(rung).map(({ fault }) => fault);
    expect(new Set(faults).size).toBe(faults.length);
  });

  test.each(QUEUE_KINDS)('of a rung with %s are one for each fault', (queue) => {
    const faults = promisesOf(8, queue).map(({ fault }) => fault);
    expect(new Set(faults).size).toBe(faults.length);
    expect(faults).toEqual(expect.arrayContaining(['queue killed', 'queue frozen', 'worker killed']));
  });

  test('know of a full disk in RabbitMQ and of a lost leader in Kafka', () => {
    const kindsOf = (name: string) =>
      QUEUE_KINDS.filter((queue) => promisesOf(8, queue).some(({ fault }) => fault === name));
    expect(kindsOf('disk of the queue full')).toEqual(['rabbitmq']);
    expect(kindsOf('leader of the queue lost')).toEqual(['kafka']);
  });

  test('let a killed queue lose nothing where it keeps its messages on disk', () => {
    const lost = QUEUE_KINDS.map(
      (queue) => promisesOf(8, queue).find(({ fault }) => fault === 'queue killed')?.lostClickSeconds,
    );
    expect(lost).toStrictEqual([5, 0, 5]);
  });

  test.each(RUNGS)('of rung %i say that a server may die', (rung) => {
    expect(promisesOf(rung).map(({ fault }) => fault)).toContain('server killed');
  });

  test('are kept on higher rungs: none allows more there than below', () => {
    const tighter = RUNGS.flatMap((rung) =>
      promisesOf(rung).map((promise) => ({
        promise,
        above: FAULTS.flatMap(({ promises }) => promises).find(
          ({ fault, rungs: [first] }) => fault === promise.fault && first > rung,
        ),
      })),
    ).filter(({ above }) => above !== undefined);
    tighter.forEach(({ promise, above }) => {
      expect(above?.lostClickSeconds).toBeLessThanOrEqual(promise.lostClickSeconds);
      expect(above?.reads.endings.length).toBeLessThanOrEqual(promise.reads.endings.length);
    });
    expect(tighter.length).toBeGreaterThan(0);
  });

  test('can be read by people', () => {
    const promise = promisesOf(4).find(({ fault }) => fault === 'primary killed');
    expect(promise && inWords(promise)).toBe(
      'reads: none fails, writes: may be refused; clicks lost: none; whole ≤ 5 s',
    );
  });
});
