import fc from 'fast-check';
import {
  BUILT_RUNGS,
  LADDER,
  planFor,
  planForFurther,
  refusals,
  type RungNumber,
} from '../../lib/scaling-plan';
import { type Given, withDefaults } from '../../lib/settings';

function plan(stage: RungNumber, given: Given = {}): ReturnType<typeof planFor> {
  return planFor(withDefaults({ stage, ...given }));
}

describe('the ladder', () => {
  it('is numbered from 1 without a gap', () => {
    expect(LADDER.map(({ number }) => number)).toEqual(LADDER.map((_, index) => index + 1));
  });

  it('needs only rungs below', () => {
    const upward = LADDER.flatMap(({ number, needs }) =>
      Object.keys(needs).filter((name) => !LADDER.some((rung) => rung.name === name && rung.number < number)),
    );
    expect(upward).toEqual([]);
  });

  it.each(LADDER)('says in a phrase what $name adds', ({ adds }) => {
    expect(adds).toMatch(/^\S.{15,}[^.]$/);
  });

  it.each(
    LADDER.flatMap(({ name, needs }) => Object.entries(needs).map(([needed, why]) => [name, needed, why])),
  )('says why %s needs %s', (_name, _needed, why) => {
    expect(why).toMatch(/^[a-z].{15,}[^.]$/i);
  });

  it('is built from the bottom up', () => {
    expect(BUILT_RUNGS.map(({ number }) => number)).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
  });
});

describe('what exists', () => {
  it('at rung 1 is one public server with the database on its volume', () => {
    expect(plan(1)).toMatchObject({
      serverVolume: true,
      databaseOnServer: true,
      fixedAddress: true,
      serverFacesUsers: true,
      minServers: 1,
      maxServers: 1,
      loadBalancer: false,
      natGateways: 0,
      database: false,
    });
  });

  it('at rung 2 is a database apart, and still the one public server', () => {
    expect(plan(2)).toMatchObject({
      database: true,
      databaseOnServer: false,
      serverFacesUsers: true,
      maxServers: 1,
    });
  });

  it('at rung 3 is a load balancer over private servers', () => {
    expect(plan(3)).toMatchObject({
      loadBalancer: true,
      serverFacesUsers: false,
      minServers: 2,
      maxServers: 6,
      natGateways: 1,
    });
  });

  it('keeps the volume and the address that rung 1 leaves behind', () => {
    expect(plan(3)).toMatchObject({ serverVolume: true, fixedAddress: true });
  });

  it('leaves them out where they were never there or are not needed any more', () => {
    expect(plan(3, { without: ['single-server'] })).toMatchObject({
      serverVolume: false,
      fixedAddress: false,
    });
  });

  it('has a standby of the database from rung 4 on', () => {
    expect([plan(3), plan(4)].map(({ databaseStandby }) => databaseStandby)).toEqual([false, true]);
  });

  it('at rung 4 is a standby and two replicas besides', () => {
    expect(plan(4)).toMatchObject({ databaseStandby: true, replicas: 2, cache: false });
  });

  it('at rung 5 is a cache besides', () => {
    expect([plan(4), plan(5)].map(({ cache }) => cache)).toEqual([false, true]);
  });

  it('at rung 6 is a CDN besides', () => {
    expect([plan(5), plan(6)].map(({ cdn }) => cdn)).toEqual([false, true]);
  });

  it('is no replica and no standby where replication is left out', () => {
    expect(plan(6, { without: ['database-replication'] })).toMatchObject({
      databaseStandby: false,
      replicas: 0,
      cache: true,
      cdn: true,
    });
  });

  it('at rung 7 is data centers besides', () => {
    expect([plan(6), plan(7)].map(({ dataCenters }) => dataCenters)).toEqual([false, true]);
  });

  it('at rung 8 is a queue for clicks besides', () => {
    expect([plan(7), plan(8)].map(({ clickQueue }) => clickQueue)).toEqual([false, true]);
  });

  it('at rung 8 is a queue in one data center where data centers are left out', () => {
    expect(plan(8, { without: ['data-centers'] })).toMatchObject({
      dataCenters: false,
      clickQueue: true,
      cdn: true,
      replicas: 2,
    });
  });

  it('is no promotion by an alarm unless it is asked for', () => {
    const automatic = [undefined, false, true].map(
      (automaticPromotion) => plan(7, { automaticPromotion }).automaticPromotion,
    );
    expect(automatic).toEqual([false, false, true]);
  });

  it('is a queue of the kind that is asked for, and before it is empty the one before', () => {
    const queues = [
      plan(7, { queue: 'kafka' }),
      plan(8),
      plan(8, { queue: 'kafka', drainQueues: ['sqs', 'rabbitmq'] }),
    ].map((made) => made.queues);
    expect(queues).toEqual([[], ['sqs'], ['kafka', 'sqs', 'rabbitmq']]);
  });

  it('is a CDN over the database alone where the cache is left out', () => {
    expect(plan(6, { without: ['cache'] })).toMatchObject({ cache: false, cdn: true, replicas: 2 });
  });
});

describe('a further data center', () => {
  const first = plan(8, { serverInstanceType: 'm8g.large', minServers: 4, replicas: 3 });

  it('has one database, which is a replica itself, and nothing that rung 1 leaves behind', () => {
    expect(planForFurther(first)).toMatchObject({
      database: true,
      replicas: 0,
      serverVolume: false,
      fixedAddress: false,
    });
  });

  it('is otherwise as big as the first, whose place it may take', () => {
    fc.assert(
      fc.property(
        fc.constantFrom<RungNumber>(7, 8),
        fc.constantFrom('t4g.small', 'm8g.large'),
        fc.integer({ min: 1, max: 40 }),
        fc.integer({ min: 20, max: 4000 }),
        (stage, serverInstanceType, minServers, databaseStorageGiB) => {
          const one = plan(stage, { serverInstanceType, minServers, databaseStorageGiB });
          const { serverVolume, fixedAddress, replicas } = one;
          expect({ ...planForFurther(one), serverVolume, fixedAddress, replicas }).toEqual(one);
        },
      ),
    );
  });
});

describe('sizes', () => {
  it('are the user’s at the upper rungs too', () => {
    expect(
      plan(6, { replicas: 0, cacheNodeType: 'r7g.large', priceClass: 'all', originSecret: 4 }),
    ).toMatchObject({ replicas: 0, cacheNodeType: 'r7g.large', priceClass: 'all', originSecret: 4 });
  });

  it('are the cheapest where the user says nothing', () => {
    expect(plan(6)).toMatchObject({ cacheNodeType: 't4g.micro', priceClass: '100', originSecret: 1 });
  });

  it('are, all of them, the smallest that serve where the user says nothing', () => {
    expect(plan(8)).toMatchObject({
      stage: 8,
      stageName: 'message-queue',
      serverVolumeGiB: 20,
      serverInstanceType: 't4g.small',
      minServers: 2,
      maxServers: 6,
      natGateways: 1,
      databaseInstanceType: 't4g.micro',
      databaseStorageGiB: 20,
      databaseMaxStorageGiB: 100,
    });
  });

  it('of servers and of ways out mean nothing where there is one public server', () => {
    expect(plan(2, { minServers: 4, maxServers: 40, natGateways: 2 })).toMatchObject({
      minServers: 1,
      maxServers: 1,
      natGateways: 0,
    });
  });

  it('of the database and of rung 1’s volume are the user’s where given', () => {
    const sizes = {
      serverVolumeGiB: 50,
      databaseInstanceType: 'm8g.large',
      databaseStorageGiB: 200,
      databaseMaxStorageGiB: 300,
    };
    expect(plan(2, sizes)).toMatchObject(sizes);
  });

  it.each([
    [50, 100],
    [51, 102],
    [32_768, 65_536],
    [40_000, 65_536],
  ])('of %i GiB of storage have by default a ceiling of %i', (databaseStorageGiB, ceiling) => {
    expect(plan(2, { databaseStorageGiB }).databaseMaxStorageGiB).toBe(ceiling);
  });

  it('are the user’s where given', () => {
    const sizes = { serverInstanceType: 'm8g.large', minServers: 4, maxServers: 40, natGateways: 2 };
    expect(plan(3, sizes)).toMatchObject(sizes);
  });

  it('of a minimum above the default maximum raise the maximum with it', () => {
    expect(plan(3, { minServers: 9 }).maxServers).toBe(9);
  });

  it('of storage above the default ceiling raise the ceiling with it', () => {
    expect(plan(2, { databaseStorageGiB: 500 }).databaseMaxStorageGiB).toBeGreaterThan(500);
  });
});

describe('refused', () => {
  it('is stage 9, which is not built yet', () => {
    expect(refusals(9, [])).toEqual([
      'Stage 9, sharding, is on the ladder but this version does not build it yet.',
    ]);
  });

  it('is to leave out the stage that is asked for', () => {
    expect(refusals(2, ['separate-database'])).toEqual([
      'separate-database is the stage that was asked for, so it cannot be left out of it; ask for a lower stage.',
    ]);
  });

  it('is to leave out stage 1 at stage 1, for that alone', () => {
    expect(refusals(1, ['single-server'])).toHaveLength(1);
  });

  it('is to leave out what a rung above needs, and the reason is said', () => {
    expect(refusals(3, ['separate-database'])).toEqual([
      'separate-database cannot be left out while load-balancer is there: servers that come and go keep nothing, so the database must stand apart from them.',
    ]);
  });

  it.each([
    ['separate-database', 'message-queue', 'the worker writes to the database from outside the servers.'],
    [
      'load-balancer',
      'message-queue',
      'the worker stands in private subnets, whose way out comes with the private servers.',
    ],
    ['database-replication', 'data-centers', 'a region that takes over promotes its replica.'],
    [
      'cdn',
      'data-centers',
      'CloudFront sends reads to the nearest data center and writes to the writable one.',
    ],
    ['load-balancer', 'data-centers', 'health checks and routing point at each region’s load balancer.'],
  ] as const)('is to leave out %s while %s is there', (left, needing, why) => {
    expect(refusals(8, [left])).toContain(`${left} cannot be left out while ${needing} is there: ${why}`);
  });

  it.each([['data-centers'], ['cache'], ['data-centers', 'cache', 'cdn'], ['single-server']] as const)(
    'is nothing at stage 8 where %j is left out, for nothing that is there needs it',
    (...without) => {
      expect(refusals(8, without)).toEqual([]);
    },
  );

  it.each([
    [2, []],
    [5, ['load-balancer']],
  ] as const)(
    'is to leave out rung 1 at stage %i without %j, whose one server is found at its address',
    (stage, without) => {
      expect(refusals(stage, ['single-server', ...without])).toEqual([
        'single-server cannot be left out while load-balancer is not there: the one server is found at the address that came with it; leave it out from stage 3 on.',
      ]);
    },
  );

  it('is nothing that is left out together with all that needs it', () => {
    const blamed = refusals(8, ['database-replication', 'data-centers']).filter((text) =>
      text.includes('left out'),
    );
    expect(blamed).toEqual([]);
  });

  it('is nothing of a rung above the stage', () => {
    expect(refusals(3, ['data-centers'])).toEqual([]);
  });

  it('is nothing that only a rung above the stage needs', () => {
    expect(refusals(5, ['load-balancer'])).toEqual([]);
  });

  it('is no built rung, whatever is left out of the rungs above it', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...BUILT_RUNGS),
        fc.subarray(LADDER.map(({ name }) => name)),
        ({ number }, names) =>
          refusals(
            number,
            names.filter((name) => LADDER.some((rung) => rung.name === name && rung.number > number)),
          ).length === 0,
      ),
    );
  });
});
