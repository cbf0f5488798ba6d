/** The promotion, step by step, interrupted after each, and two at once. */
import fc from 'fast-check';
import type { Order } from '../../../lambda/promote-replica/event';
import { promoteReplica, type Outcome } from '../../../lambda/promote-replica/promotion';
import {
  createAws,
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
} from './world';

const run = (aws: FakeAws, order: Order = ORDER) => promoteReplica(aws.invocation(), order);

/** What became of it, or nothing where Lambda took the process away or a step failed. */
async function tried(
  aws: FakeAws,
  order: Order,
  fateOf?: (step: number) => Fate,
): Promise<Outcome | undefined> {
  return promoteReplica(aws.invocation(fateOf), order).catch((error: unknown) => {
    if (error instanceof Killed || (error instanceof Error && /failed$|no answer$/.test(error.message))) {
      return undefined;
    }
    throw error;
  });
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
    expect((await run(aws, RESUME)).outcome).toBe('done');
    expect(aws.facts.mark).toBe(true);
  });
});

describe('where it cannot be told whether somebody takes writes, it', () => {
  test('refuses', async () => {
    expect((await run(createAws({ ...GONE, domain: false }))).outcome).toBe('refused');
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

describe('where the instance is no replica and has no mark, it', () => {
  const promoted: Facts = { ...GONE, replica: false };

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

describe('interrupted', () => {
  const all = Array.from({ length: 60 }, (_, index) => index + 1);

  test.each(all.flatMap((at) => (['killed before', 'killed after'] as const).map((fate) => ({ at, fate }))))(
    'and $fate step $at, it is done when invoked again, and promotes once',
    async ({ at, fate }) => {
      const aws = createAws(GONE, neverTwoUnmarked);
      await tried(aws, ORDER, (step) => (step === at ? fate : 'well'));
      expect((await run(aws)).outcome).toMatch(/done$/);
      expect(aws.deeds.filter((deed) => deed === 'promote')).toHaveLength(1);
      expect(aws.facts).toMatchObject({ replica: false, mark: true });
    },
  );
});

/** Both databases may take writes, and nobody leads users away from either. */
function neverTwoUnmarked({ replica, mark, primaryTakesWrites }: Facts): void {
  if (!replica && !mark && primaryTakesWrites) {
    throw new Error('Two databases take writes.');
  }
}

type Event =
  | { readonly kind: 'invoke'; readonly order: Order; readonly fates: ReadonlyMap<number, Fate> }
  | { readonly kind: 'turn'; readonly facts: Partial<Facts> };

const fates = fc
  .array(
    fc.tuple(
      fc.oneof(fc.integer({ min: 1, max: 30 }), fc.integer({ min: 1, max: 120 })),
      fc.constantFrom<Fate>('fails', 'answer is lost', 'killed before', 'killed after'),
    ),
    { maxLength: 4 },
  )
  .map((entries) => new Map(entries));

const events: fc.Arbitrary<readonly Event[]> = fc.array(
  fc.oneof(
    fc.record({
      kind: fc.constant('invoke' as const),
      order: fc.constantFrom(ORDER, ORDER, RESUME, FORCED),
      fates,
    }),
    fc.record({
      kind: fc.constant('turn' as const),
      facts: fc.oneof(
        fc.record({ primaryTakesWrites: fc.boolean() }),
        fc.record({ domain: fc.boolean() }),
        fc.record({ rdsRefuses: fc.boolean() }),
        fc.record({ promotionTakes: fc.constantFrom(0, 60_000, 1_500_000) }),
      ),
    }),
  ),
  { maxLength: 8 },
);

test('whatever fails, stops and returns, in whatever order: nobody who takes writes is passed over unforced, no mark stays without a promotion, and it ends', async () => {
  await fc.assert(
    fc.asyncProperty(events, async (story) => {
      const aws = createAws(HEALTHY, neverTwoUnmarked);
      const passedOver: Event[] = [];
      for (const event of story) {
        if (event.kind === 'turn') {
          Object.assign(aws.facts, event.facts);
        } else {
          const before = aws.deeds.length;
          await tried(aws, event.order, (step) => event.fates.get(step) ?? 'well');
          const promoted = aws.deeds.slice(before).includes('promote');
          if (promoted && !event.order.force && aws.facts.primaryTakesWrites) passedOver.push(event);
        }
      }
      expect(passedOver).toEqual([]);
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
    }),
    { numRuns: 1_500 },
  );
});

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
