/** The promotion, step by step, interrupted after each, and two at once. */
import fc from 'fast-check';
import type { PromotionRequest } from '../../../lambda/promote-replica/event';
import { promoteReplica, type Outcome, type ReplicaRegion } from '../../../lambda/promote-replica/promotion';
import {
  createAws,
  FATES,
  type Facts,
  FIRST,
  FORCED,
  type FakeAws,
  type Fate,
  GONE,
  HEALTHY,
  Killed,
  ORDER,
  RESUME,
} from './simulated-region';

const run = (aws: FakeAws, order: PromotionRequest = ORDER) => promoteReplica(aws.invocation(), order);

/** What became of it, or nothing where Lambda took the process away or a step failed. */
async function tried(
  aws: FakeAws,
  order: PromotionRequest,
  fateOf?: (step: number) => Fate,
): Promise<Outcome | undefined> {
  return promoteReplica(aws.invocation(fateOf), order).catch(unlessExpected);
}

function unlessExpected(error: unknown): undefined {
  if (error instanceof Killed || (error instanceof Error && /failed$|no answer$/.test(error.message))) {
    return undefined;
  }
  throw error;
}

describe('where the first region is gone, it', () => {
  test('marks, promotes, waits, and is done once users’ writes come here', async () => {
    const aws = createAws(GONE);
    expect((await run(aws)).outcome).toBe('done');
    expect(aws.deeds).toEqual(['writeMark', 'promote', 'writeMark']);
    expect(aws.facts).toMatchObject({ replica: false, mark: true });
  });

  test('looks seven times, over half a minute, before it believes so', async () => {
    const aws = createAws(GONE);
    await run(aws);
    const looks = aws.steps.slice(0, aws.steps.indexOf('writeMark')).filter((step) => step === 'writes');
    expect(looks).toHaveLength(7);
  });

  test('looks every five seconds, and promotes right after the last look', async () => {
    const aws = createAws(GONE);
    const world = aws.invocation();
    const sleeps: number[] = [];
    const sleep = (duration: number) => {
      sleeps.push(duration);
      return world.sleep(duration);
    };
    await promoteReplica({ ...world, sleep }, ORDER);
    expect(aws.steps.slice(0, aws.steps.indexOf('promote')).filter((step) => step === 'sleep')).toHaveLength(
      6,
    );
    expect(sleeps.slice(0, 7)).toEqual([5_000, 5_000, 5_000, 5_000, 5_000, 5_000, 10_000]);
  });

  test('gives RDS one order, though RDS still calls the instance idle for a while', async () => {
    const aws = createAws(GONE);
    await run(aws);
    expect(aws.steps.filter((step) => step === 'promote')).toHaveLength(1);
  });

  test('gives RDS another order where it did not take the first one', async () => {
    const aws = createAws(GONE);
    const world = aws.invocation();
    let orders = 0;
    const promote = (): ReturnType<ReplicaRegion['promote']> =>
      (orders += 1) === 1 ? Promise.resolve({ kind: 'not now', why: 'Throttling' }) : world.promote();
    expect((await promoteReplica({ ...world, promote }, ORDER)).outcome).toBe('done');
    expect(orders).toBe(2);
  });

  test('waits for a backup to end, which RDS does not promote during', async () => {
    const aws = createAws({ ...GONE, status: 'backing-up' });
    expect((await run(aws)).outcome).toBe('waiting');
    expect(aws.deeds).toEqual([]);
    aws.facts.status = 'available';
    expect((await run(aws)).outcome).toBe('done');
  });

  test('says so when its time runs out, and goes on when invoked again', async () => {
    const aws = createAws({ ...GONE, promotionTakes: 1_500_000 });
    const first = await run(aws);
    expect(first.outcome).toBe('waiting');
    expect(first.what).toContain('Invoking again goes on');
    expect((await run(aws)).outcome).toBe('done');
    expect(aws.deeds.filter((deed) => deed === 'promote')).toHaveLength(1);
  });

  test('does nothing again once it is done', async () => {
    const aws = createAws(GONE);
    await run(aws);
    expect((await run(aws)).outcome).toBe('already done');
    expect(aws.deeds.filter((deed) => deed === 'promote')).toHaveLength(1);
  });
});

describe('where somebody takes writes, it', () => {
  test('refuses, says who, and touches nothing', async () => {
    const aws = createAws(HEALTHY);
    const { outcome, what } = await run(aws);
    expect(outcome).toBe('refused');
    expect(what).toContain(FIRST);
    expect(aws.deeds).toEqual([]);
  });

  test('promotes when forced, and leads everybody away from the other', async () => {
    const aws = createAws(HEALTHY);
    expect((await run(aws, FORCED)).outcome).toBe('done');
    expect(aws.facts).toMatchObject({ replica: false, mark: true });
  });

  test('takes a mark away again that an interrupted invocation left', async () => {
    const aws = createAws({ ...HEALTHY, mark: true });
    expect((await run(aws, RESUME)).outcome).toBe('refused');
    expect(aws.facts.mark).toBe(false);
  });

  test('keeps the mark while RDS may be promoting, and goes on without being forced again', async () => {
    const aws = createAws(HEALTHY);
    await expect(
      promoteReplica(
        aws.invocation((step) => (aws.deeds.includes('promote') && step > 1 ? 'killed before' : 'well')),
        FORCED,
      ),
    ).rejects.toThrow(Killed);
    expect(aws.facts).toMatchObject({ replica: true, mark: true, status: 'modifying' });
    aws.pass(60_000);
    expect((await run(aws, RESUME)).outcome).toBe('done');
    expect(aws.facts.mark).toBe(true);
  });
});

describe('where it cannot be told whether somebody takes writes, it', () => {
  test('refuses', async () => {
    expect((await run(createAws({ ...GONE, domain: false }))).outcome).toBe('refused');
  });

  test('refuses, though only one of seven looks could not tell', async () => {
    const looks: Awaited<ReturnType<ReplicaRegion['writes']>>[] = [{ kind: 'unknown', why: 'no TLS' }];
    const writes = () => Promise.resolve(looks.pop() ?? { kind: 'none' as const });
    const { outcome, what } = await promoteReplica({ ...createAws(GONE).invocation(), writes }, ORDER);
    expect([outcome, what.includes('(no TLS)')]).toEqual(['refused', true]);
  });

  test('keeps a mark that is there', async () => {
    const aws = createAws({ ...GONE, domain: false, mark: true });
    await run(aws);
    expect(aws.facts.mark).toBe(true);
  });
});

describe('where another further region was promoted, or is being, it', () => {
  test('refuses', async () => {
    const aws = createAws({ ...GONE, otherMarks: ['ap-northeast-1'] });
    const { outcome, what } = await run(aws);
    expect(outcome).toBe('refused');
    expect(what).toContain('ap-northeast-1');
    expect(aws.deeds).toEqual([]);
  });

  test('yields although it has written its own mark, where both began at once', async () => {
    const aws = createAws(GONE);
    const world = aws.invocation();
    const outcome = await promoteReplica(
      { ...world, otherMarks: () => Promise.resolve(aws.facts.mark ? ['ap-northeast-1'] : []) },
      ORDER,
    );
    expect(outcome.outcome).toBe('refused');
    expect(aws.deeds).toEqual(['writeMark', 'removeMark']);
  });
});

describe('where RDS will not promote, it', () => {
  test('takes the mark away, for the instance is a replica for certain', async () => {
    const aws = createAws({ ...GONE, rdsRefuses: true });
    expect((await run(aws)).outcome).toBe('failed');
    expect(aws.facts).toMatchObject({ replica: true, mark: false });
  });

  test('writes it again if the instance turns out to be promoted after all', async () => {
    const aws = createAws({ ...GONE, rdsRefuses: true });
    const world = aws.invocation();
    const removeMark = async () => {
      await world.removeMark();
      aws.facts.replica = false;
    };
    expect((await promoteReplica({ ...world, removeMark }, ORDER)).outcome).toBe('waiting');
    expect(aws.facts.mark).toBe(true);
  });
});

test('begun however late, with every answer as late as may be, it gives up before Lambda ends it, or does not begin', async () => {
  const slowest: Readonly<Record<string, number>> = { writes: 17_000, otherMarks: 17_000, sleep: 0 };
  const ends: Outcome['outcome'][] = [];
  for (let availableAt = 280_000; availableAt < 340_000; availableAt += 1_000) {
    const aws = createAws({ ...GONE, rdsRefuses: true, status: 'backing-up' });
    const world = aws.invocation(undefined, (name) => {
      const wait = slowest[name] ?? 8_000;
      // The backup ends at that moment, and RDS says so at once.
      const ended = name === 'instance' && world.remaining() - wait <= availableAt;
      aws.pass(
        ended && aws.facts.status === 'backing-up' ? Math.max(0, world.remaining() - availableAt) : wait,
      );
      aws.facts.status = ended ? 'available' : aws.facts.status;
      return Promise.resolve();
    });
    ends.push((await promoteReplica(world, ORDER)).outcome);
    // The lock has to be given back, and somebody to be told, too.
    expect(world.remaining()).toBeGreaterThanOrEqual(16_000);
  }
  expect(new Set(ends)).toEqual(new Set(['waiting', 'failed']));
});

describe('where little time is left, it', () => {
  /** An invocation that begins so long before its end. */
  function begun(aws: FakeAws, remaining: number): ReplicaRegion {
    const world = aws.invocation();
    aws.pass(world.remaining() - remaining);
    return world;
  }

  test.each([
    [
      70_000,
      [],
      'Time ran out before the instance was promoted (it was not looked at). Invoking again goes on.',
    ],
    [
      70_001,
      ['instance'],
      'Time ran out before the instance was promoted (available). Invoking again goes on.',
    ],
    [
      319_999,
      ['instance'],
      'Time ran out before the instance was promoted (available). Invoking again goes on.',
    ],
  ])('decides nothing: with %d ms', async (remaining, steps, what) => {
    const aws = createAws(GONE);
    expect(await promoteReplica(begun(aws, remaining), ORDER)).toEqual({ outcome: 'waiting', what });
    expect(aws.steps).toEqual(steps);
  });

  test('decides where it is just enough', async () => {
    const aws = createAws(GONE);
    await promoteReplica(begun(aws, 320_000), ORDER);
    expect(aws.deeds).toContain('promote');
  });

  test.each<readonly [string, Facts]>([
    ['its instance is busy', { ...GONE, status: 'backing-up' }],
    ['writes do not come here', { ...HEALTHY, replica: false, mark: true, status: 'backing-up' }],
  ])('leaves 70 s to whoever has to be told: where %s', async (_what, facts) => {
    const world = createAws(facts).invocation();
    expect((await promoteReplica(world, ORDER)).outcome).toBe('waiting');
    expect(world.remaining()).toBe(70_000);
  });

  test.each<readonly [string, Awaited<ReturnType<ReplicaRegion['promote']>>]>([
    ['it is being promoted', { kind: 'accepted' }],
    ['Throttling', { kind: 'not now', why: 'Throttling' }],
  ])('says what RDS said last: %s', async (said, result) => {
    const aws = createAws(GONE);
    const promote = () => {
      aws.pass(800_000);
      return Promise.resolve(result);
    };
    expect((await promoteReplica({ ...aws.invocation(), promote }, ORDER)).what).toBe(
      `Time ran out before the instance was promoted (${said}). Invoking again goes on.`,
    );
  });
});

describe('where the instance is no replica and has no mark, it', () => {
  const promoted: Facts = { ...GONE, replica: false };

  test('marks it where nobody takes writes', async () => {
    const aws = createAws({ ...promoted, status: 'backing-up' });
    expect((await run(aws)).outcome).toBe('waiting');
    expect(aws.deeds).toEqual(['writeMark']);
  });

  test('marks it where it was promoted by hand a moment ago, whoever takes writes', async () => {
    const aws = createAws({ ...HEALTHY, status: 'modifying' });
    const world = aws.invocation();
    const sleep = (duration: number) => {
      Object.assign(aws.facts, { replica: false, status: 'available' });
      return world.sleep(duration);
    };
    expect((await promoteReplica({ ...world, sleep }, ORDER)).outcome).toBe('done');
    expect(aws.facts.mark).toBe(true);
  });

  test('is done already where writes come here: it was rejoined, and needs none', async () => {
    const aws = createAws(promoted);
    expect((await run(aws)).outcome).toBe('already done');
    expect(aws.deeds).toEqual([]);
  });

  test('refuses where somebody else takes writes: a person must say which of the two', async () => {
    const aws = createAws({ ...promoted, primaryTakesWrites: true });
    expect((await run(aws)).outcome).toBe('refused');
    expect((await run(aws, FORCED)).outcome).toBe('already done');
    expect(aws.facts.mark).toBe(true);
  });
});

describe('what the schedule asks', () => {
  test('does nothing where nothing was begun, also where the first region is gone', async () => {
    const aws = createAws(GONE);
    expect((await run(aws, RESUME)).outcome).toBe('nothing begun');
    expect(aws.deeds).toEqual([]);
  });

  test('does nothing where it is finished', async () => {
    const aws = createAws(GONE);
    await run(aws);
    expect((await run(aws, RESUME)).outcome).toBe('nothing begun');
  });
});

describe('what a person is told:', () => {
  const allTheSame = '{"force": true} promotes all the same.';
  const PROMOTED: Facts = { ...GONE, replica: false };

  test.each<readonly [string, Facts, PromotionRequest, Outcome['outcome'], string]>([
    ['it is done', GONE, ORDER, 'done', 'The replica was promoted, and users’ writes come here.'],
    [
      'it was done before',
      { ...PROMOTED, mark: true },
      ORDER,
      'already done',
      'The replica was promoted before, and users’ writes come here.',
    ],
    [
      'there is nothing to do',
      PROMOTED,
      ORDER,
      'already done',
      'The instance is no replica, and users’ writes come here.',
    ],
    [
      'somebody else takes writes, though this is no replica',
      { ...PROMOTED, primaryTakesWrites: true },
      ORDER,
      'refused',
      'The instance is no replica and has no mark, and yet: us-east-1 takes writes. See docs/runbook.md; {"force": true} leads everybody here.',
    ],
    [
      'nobody can say, though this is no replica',
      { ...PROMOTED, domain: false },
      ORDER,
      'refused',
      'The instance is no replica and has no mark, and yet: no TLS. See docs/runbook.md; {"force": true} leads everybody here.',
    ],
    ['somebody takes writes', HEALTHY, ORDER, 'refused', `Somebody takes writes: us-east-1. ${allTheSame}`],
    [
      'nobody can say',
      { ...GONE, domain: false },
      ORDER,
      'refused',
      `Whether anybody takes writes cannot be told (no TLS). ${allTheSame}`,
    ],
    [
      'another region was promoted',
      { ...GONE, otherMarks: ['ap-northeast-1', 'eu-north-1'] },
      ORDER,
      'refused',
      `The database of ap-northeast-1 was promoted, or is being: its mark is there. ${allTheSame}`,
    ],
    [
      'RDS will not',
      { ...GONE, rdsRefuses: true },
      ORDER,
      'failed',
      'RDS does not promote the instance: AccessDenied Its mark was taken away again.',
    ],
    [
      'a backup takes too long',
      { ...GONE, status: 'backing-up' },
      ORDER,
      'waiting',
      'Time ran out before the instance was promoted (backing-up). Invoking again goes on.',
    ],
    [
      'the promotion takes too long',
      { ...GONE, promotionTakes: 1_500_000 },
      ORDER,
      'waiting',
      'Time ran out before the instance was promoted (modifying). Invoking again goes on.',
    ],
    ['nothing was begun', GONE, RESUME, 'nothing begun', 'No promotion was begun that is not finished.'],
  ])('%s', async (_what, facts, order, outcome, what) => {
    expect(await run(createAws(facts), order)).toEqual({ outcome, what });
  });

  test.each<readonly [string, Awaited<ReturnType<ReplicaRegion['writes']>>]>([
    ['nobody takes them', { kind: 'none' }],
    ['us-east-1 takes them', { kind: 'taken', region: FIRST }],
    ['no TLS', { kind: 'unknown', why: 'no TLS' }],
  ])('writes do not come here yet, since %s', async (seen, writes) => {
    const world = createAws({ ...PROMOTED, mark: true }).invocation();
    expect(await promoteReplica({ ...world, writes: () => Promise.resolve(writes) }, ORDER)).toEqual({
      outcome: 'waiting',
      what: `The replica is promoted (available), but users’ writes do not come here yet: ${seen}. Invoking again looks again.`,
    });
  });

  test('writes come here, where a team’s own application does not say where it is', async () => {
    const world = createAws({ ...PROMOTED, mark: true }).invocation();
    const writes = () => Promise.resolve({ kind: 'taken', region: undefined } as const);
    expect((await promoteReplica({ ...world, writes }, ORDER)).outcome).toBe('already done');
  });

  test('writes come here only once the instance is available', async () => {
    const aws = createAws({ ...PROMOTED, mark: true, status: 'backing-up' });
    const writes = () => Promise.resolve({ kind: 'taken', region: undefined } as const);
    const { outcome, what } = await promoteReplica({ ...aws.invocation(), writes }, ORDER);
    expect([outcome, what.includes('(backing-up)')]).toEqual(['waiting', true]);
  });

  test('it was done now, where it had to be waited for', async () => {
    const aws = createAws({ ...PROMOTED, mark: true });
    const looks = [{ kind: 'none' }, { kind: 'taken', region: undefined }] as const;
    let look = 0;
    const writes = () => Promise.resolve(looks[look++] ?? looks[1]);
    expect((await promoteReplica({ ...aws.invocation(), writes }, ORDER)).outcome).toBe('done');
  });

  test('somebody takes writes, wherever', async () => {
    const writes = () => Promise.resolve({ kind: 'taken', region: undefined } as const);
    expect(await promoteReplica({ ...createAws(GONE).invocation(), writes }, ORDER)).toEqual({
      outcome: 'refused',
      what: `Somebody takes writes: another data center. ${allTheSame}`,
    });
  });

  /** Busy from the look on that has this number. */
  const busyFrom = (aws: FakeAws, first: number): ReplicaRegion => {
    const world = aws.invocation();
    let looks = 0;
    const instance = async () => {
      looks += 1;
      const seen = await world.instance();
      return looks < first ? seen : { ...seen, status: 'modifying' };
    };
    return { ...world, instance };
  };

  test('somebody takes writes, and yet RDS is changing the instance', async () => {
    const aws = createAws({ ...HEALTHY, mark: true });
    expect(await promoteReplica(busyFrom(aws, 2), ORDER)).toEqual({
      outcome: 'waiting',
      what: `Somebody takes writes: us-east-1. ${allTheSame} Yet RDS is changing the instance, so its mark stays. Invoking again goes on.`,
    });
    expect(aws.deeds).toEqual([]);
  });

  test('RDS refuses, and yet changes the instance', async () => {
    const aws = createAws({ ...GONE, rdsRefuses: true });
    expect(await promoteReplica(busyFrom(aws, 2), ORDER)).toEqual({
      outcome: 'waiting',
      what: 'RDS refused (AccessDenied) and yet changes the instance. Invoking again goes on.',
    });
    expect(aws.deeds).toEqual(['writeMark']);
  });

  test('a mark is taken away only after four looks, ten seconds apart, at an idle replica', async () => {
    const aws = createAws({ ...HEALTHY, mark: true });
    await promoteReplica(busyFrom(aws, 5), ORDER);
    expect(aws.deeds).toEqual([]);
    const before = aws.invocation().remaining();
    const world = busyFrom(aws, 6);
    await promoteReplica(world, ORDER);
    expect([aws.deeds, before - world.remaining()]).toEqual([['removeMark', 'writeMark'], 40_000]);
  });
});

/** A procedure, begun where its facts are so. */
interface Procedure {
  readonly name: string;
  readonly facts: Facts;
  readonly order: PromotionRequest;
}

const soon = { promotionTakes: 30_000 };
const PROCEDURES: readonly Procedure[] = [
  { name: 'a promotion', facts: { ...GONE, ...soon }, order: ORDER },
  { name: 'a forced promotion', facts: { ...HEALTHY, ...soon }, order: FORCED },
  { name: 'going on with a promotion', facts: { ...GONE, ...soon, mark: true }, order: RESUME },
  { name: 'a retreat, since somebody takes writes', facts: { ...HEALTHY, mark: true }, order: RESUME },
  {
    name: 'a retreat, since another region was promoted',
    facts: { ...GONE, mark: true, otherMarks: ['ap-northeast-1'] },
    order: ORDER,
  },
  { name: 'giving up, since RDS refuses', facts: { ...GONE, rdsRefuses: true }, order: ORDER },
  { name: 'marking what was promoted without a mark', facts: { ...HEALTHY, replica: false }, order: FORCED },
];

/** How its world ends where nothing befalls it, and how many steps it takes. */
async function undisturbed({ facts, order }: Procedure): Promise<{ end: Facts; steps: number }> {
  const aws = createAws(facts, neverUnmarked);
  await run(aws, order);
  return { end: { ...aws.facts }, steps: aws.steps.length };
}

/** The procedure, once for each of its steps, at which that befalls it. */
async function disturbed(
  { facts, order }: Procedure,
  steps: number,
  fate: Fate,
): Promise<readonly FakeAws[]> {
  return Promise.all(
    Array.from({ length: steps }, async (_, index) => {
      const aws = createAws(facts, neverUnmarked);
      await tried(aws, order, (step) => (step === index + 1 ? fate : 'well'));
      return aws;
    }),
  );
}

const promotions = ({ deeds }: FakeAws): number => deeds.filter((deed) => deed === 'promote').length;

describe('interrupted at each of its steps in turn,', () => {
  const each = PROCEDURES.flatMap((procedure) => FATES.map((fate) => ({ ...procedure, fate })));

  test.each(each)(
    '$name whose step "$fate" ends the same when invoked again, at once or later',
    async (one) => {
      const { end, steps } = await undisturbed(one);
      for (const pause of [0, 300_000]) {
        for (const aws of await disturbed(one, steps, one.fate)) {
          aws.pass(pause);
          await run(aws, one.order);
          expect(aws.facts).toEqual(end);
          expect(promotions(aws)).toBeLessThanOrEqual(1);
        }
      }
    },
  );

  test.each(each)(
    '$name whose step "$fate" leaves no mark without a promotion, and none without a mark, by the schedule alone',
    async (one) => {
      const { steps } = await undisturbed(one);
      for (const pause of [0, 300_000]) {
        for (const aws of await disturbed(one, steps, one.fate)) {
          aws.pass(pause);
          await run(aws, RESUME);
          aws.pass(300_000);
          await run(aws, RESUME);
          // What had no mark before a person asked for one is left to that person.
          const asBefore = !one.facts.replica && !aws.facts.mark;
          expect(asBefore || aws.facts.mark === !aws.facts.replica).toBe(true);
        }
      }
    },
  );
});

/** A mark that is missing once RDS has been told would leave users with an old primary that may take writes. */
function neverUnmarked({ mark }: Facts, deeds: readonly string[]): void {
  if (deeds.includes('promote') && !mark) {
    throw new Error('The database is being promoted, or was, without a mark.');
  }
}

type Event =
  | {
      readonly kind: 'invoke';
      readonly order: PromotionRequest;
      readonly fates: ReadonlyMap<number, Fate>;
      /** What becomes the case before that step. */
      readonly turns: ReadonlyMap<number, Partial<Facts>>;
    }
  | { readonly kind: 'turn'; readonly facts: Partial<Facts> }
  | { readonly kind: 'pause'; readonly duration: number };

const stepNumber = fc.oneof(fc.integer({ min: 1, max: 30 }), fc.integer({ min: 1, max: 120 }));

const fates = fc
  .array(fc.tuple(stepNumber, fc.constantFrom<Fate>(...FATES)), { maxLength: 4 })
  .map((entries) => new Map(entries));

const turn = fc.oneof(
  fc.record({ primaryTakesWrites: fc.boolean() }),
  fc.record({ domain: fc.boolean() }),
  fc.record({ rdsRefuses: fc.boolean() }),
  fc.record({ promotionTakes: fc.constantFrom(0, 60_000, 1_500_000) }),
);

const events: fc.Arbitrary<readonly Event[]> = fc.array(
  fc.oneof(
    fc.record({
      kind: fc.constant('invoke' as const),
      order: fc.constantFrom(ORDER, ORDER, RESUME, FORCED),
      fates,
      turns: fc
        .array(fc.tuple(stepNumber, turn), { maxLength: 3 })
        .map((entries): ReadonlyMap<number, Partial<Facts>> => new Map(entries)),
    }),
    fc.record({ kind: fc.constant('turn' as const), facts: turn }),
    fc.record({ kind: fc.constant('pause' as const), duration: fc.integer({ min: 0, max: 600_000 }) }),
  ),
  { maxLength: 8 },
);

/** The invocation's world, where nobody may be passed over: an order to promote comes after seven looks that saw nobody. */
function believing(world: ReplicaRegion, { force }: PromotionRequest): ReplicaRegion {
  let looks: string[] = [];
  return {
    ...world,
    async writes() {
      const seen = await world.writes();
      looks.push(seen.kind);
      return seen;
    },
    async promote() {
      const nobody = looks.length === 7 && looks.every((look) => look === 'none');
      looks = [];
      if (!force && !nobody) {
        throw new Error('Somebody was passed over.');
      }
      return world.promote();
    },
  };
}

test('whatever fails, stops, turns and returns, in whatever order: nobody who takes writes is passed over unforced, no promotion is without a mark and no mark without one, and it ends', async () => {
  await fc.assert(
    fc.asyncProperty(events, async (story) => {
      const aws = createAws(HEALTHY, neverUnmarked);
      for (const event of story) {
        if (event.kind === 'turn') {
          Object.assign(aws.facts, event.facts);
        } else if (event.kind === 'pause') {
          aws.pass(event.duration);
        } else {
          await told(aws, event);
        }
      }
      // From here on nothing fails; the schedule alone goes on with what was begun.
      Object.assign(aws.facts, { domain: true, rdsRefuses: false });
      for (let time = 0; time < 4; time += 1) {
        await run(aws, RESUME);
      }
      expect(aws.facts.mark).toBe(!aws.facts.replica);
      let end = await run(aws);
      for (let time = 0; time < 3 && end.outcome === 'waiting'; time += 1) {
        end = await run(aws);
      }
      expect(end.outcome).toMatch(/done$|^refused$/);
      expect(promotions(aws)).toBeLessThanOrEqual(1);
    }),
    { numRuns: 1_500 },
  );
});

/** One invocation of a story. */
async function told(aws: FakeAws, event: Event & { readonly kind: 'invoke' }): Promise<void> {
  let step = 0;
  const world = aws.invocation(
    (number) => event.fates.get(number) ?? 'well',
    () => {
      step += 1;
      Object.assign(aws.facts, event.turns.get(step));
      return Promise.resolve();
    },
  );
  await promoteReplica(believing(world, event.order), event.order).catch(unlessExpected);
}

test('two at once, forced or not, in any order of their steps: whatever was promoted is marked, and nothing else is', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.scheduler(),
      fc.constantFrom(ORDER, FORCED),
      fc.constantFrom(ORDER, FORCED, RESUME),
      fc.constantFrom(HEALTHY, GONE, { ...HEALTHY, mark: true }, { ...GONE, mark: true }),
      async (scheduler, one, other, facts) => {
        const aws = createAws(facts);
        const turn = () => scheduler.schedule(Promise.resolve());
        const both = Promise.all(
          [one, other].map((order) => promoteReplica(aws.invocation(undefined, turn), order)),
        );
        await scheduler.waitFor(both);
        await both;
        expect(aws.deeds.filter((deed) => deed === 'promote').length).toBeLessThanOrEqual(1);
        expect(aws.facts.replica || aws.facts.mark).toBe(true);
        await run(aws, RESUME);
        expect(aws.facts.mark).toBe(!aws.facts.replica);
      },
    ),
    { numRuns: 200 },
  );
});

test('two at once, one of them stopped anywhere, where the first region is gone: no promotion is ever without a mark, and one who comes later ends it', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.scheduler(),
      fc.constantFrom(ORDER, FORCED),
      fc.constantFrom(ORDER, FORCED, RESUME),
      stepNumber,
      fc.constantFrom<Fate>('killed before', 'killed after'),
      async (scheduler, stopped, other, at, fate) => {
        const aws = createAws(GONE, neverUnmarked);
        const turn = () => scheduler.schedule(Promise.resolve());
        const fateOf = (step: number) => (step === at ? fate : ('well' as const));
        const both = Promise.all([
          promoteReplica(aws.invocation(fateOf, turn), stopped).catch(unlessExpected),
          promoteReplica(aws.invocation(undefined, turn), other),
        ]);
        await scheduler.waitFor(both);
        await both;
        expect((await run(aws)).outcome).toMatch(/done$/);
        expect(aws.facts).toMatchObject({ replica: false, mark: true });
        expect(promotions(aws)).toBe(1);
      },
    ),
    { numRuns: 200 },
  );
});
