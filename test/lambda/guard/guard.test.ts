import fc from 'fast-check';
import { partNames, type Parts, queuesProperty } from '../../../contract/guard';
import { refusal } from '../../../lambda/guard/guard';
import { readProperties } from '../../../lambda/guard/properties';

const PARTS: Parts = {
  rungs: ['single-server', 'separate-database', 'load-balancer'],
  regions: ['us-east-1', 'eu-west-1'],
  domain: 'links.example.com',
  ownApplication: true,
  queues: ['rabbitmq', 'sqs'],
};

const judged = (before: Parts, after: Parts, allowed: readonly string[] = []) =>
  refusal({ kind: 'update', before }, after, allowed);

describe('a deployment that says nothing of removal', () => {
  it('may add whatever it likes', () => {
    const before = {
      rungs: ['single-server'],
      regions: ['us-east-1'],
      domain: undefined,
      ownApplication: false,
      queues: [],
    };
    expect(judged(before, PARTS)).toBeUndefined();
  });

  it('may change nothing', () => {
    expect(judged(PARTS, PARTS)).toBeUndefined();
  });

  it.each([
    ['a rung', { rungs: ['single-server', 'separate-database'] }, 'load-balancer'],
    ['a region', { regions: ['us-east-1'] }, 'eu-west-1'],
    ['its domain', { domain: undefined }, 'links.example.com'],
    ['its domain for another', { domain: 'other.example.com' }, 'links.example.com'],
    ['its own application', { ownApplication: false }, 'application'],
    ['a queue that it drained', { queues: ['rabbitmq'] }, 'sqs'],
    ['the kind of its queue', { queues: ['kafka', 'sqs'] }, 'rabbitmq'],
  ])('may not lose %s', (_what, change, name) => {
    expect(judged(PARTS, { ...PARTS, ...change })).toContain(`leave out ${name}, which this deployment has`);
  });
});

it('where all queues go, the name of their rung says so', () => {
  const before = { ...PARTS, rungs: [...PARTS.rungs, 'message-queue'] };
  expect(judged(before, { ...PARTS, queues: [] }, ['message-queue'])).toBeUndefined();
});

describe('the guard’s properties', () => {
  const written = (parts: Parts): Parts => {
    const { rungs, regions, domain, ownApplication, queues } = parts;
    return readProperties({
      Rungs: rungs.join(','),
      Regions: regions.join(','),
      Domain: domain ?? '',
      OwnApplication: String(ownApplication),
      AllowRemoval: '',
      ...queuesProperty(queues),
    }).parts;
  };

  it.each([
    [['message-queue'], ['sqs']],
    [['message-queue'], ['kafka', 'sqs']],
    [[], []],
  ])('of %j say its queues, %j, also where SQS alone goes unsaid', (rungs, queues) => {
    expect(written({ ...PARTS, rungs, queues })).toEqual({ ...PARTS, rungs, queues });
  });
});

it('SQS alone is no property, so that deployments from before there were other kinds stay as they are', () => {
  expect(queuesProperty(['sqs'])).toEqual({});
  expect(queuesProperty([])).toEqual({});
  expect(queuesProperty(['rabbitmq', 'sqs'])).toEqual({ Queues: 'rabbitmq,sqs' });
});

describe('a refusal', () => {
  const after = { ...PARTS, rungs: ['single-server'], regions: ['us-east-1'], domain: undefined };

  it('names all that would go, in one sentence', () => {
    expect(judged(PARTS, after)).toContain(
      'leave out separate-database, load-balancer, eu-west-1 and links.example.com',
    );
  });

  it('says what to add to mean it, with what was allowed already', () => {
    expect(judged(PARTS, after, ['load-balancer'])).toMatch(
      /-c allowRemoval=load-balancer,separate-database,eu-west-1,links\.example\.com$/,
    );
  });

  it('is lifted by what it says to add', () => {
    fc.assert(
      fc.property(parts(), parts(), (before, next) => {
        const said = judged(before, next);
        const allowed = said?.replace(/^.*allowRemoval=/, '').split(',') ?? [];
        expect(judged(before, next, allowed)).toBeUndefined();
      }),
    );
  });
});

it('what goes is refused exactly where it is not allowed', () => {
  fc.assert(
    fc.property(parts(), parts(), fc.subarray([...partNames(PARTS)]), (before, after, allowed) => {
      const lost = partNames(before)
        .filter((name) => !partNames(after).includes(name))
        .filter((name) => after.queues.length > 0 || !before.queues.includes(name));
      const refused = lost.some((name) => !allowed.includes(name));
      expect(judged(before, after, allowed) !== undefined).toBe(refused);
    }),
  );
});

describe('a new stack', () => {
  it('is refused where the deployment has data in a region that the settings do not name', () => {
    expect(refusal({ kind: 'create', elsewhere: ['sa-east-1'] }, PARTS, [])).toContain('leave out sa-east-1');
  });

  it('is let pass beside data in a region that the settings name', () => {
    expect(refusal({ kind: 'create', elsewhere: ['eu-west-1'] }, PARTS, [])).toBeUndefined();
  });
});

it.each(['rollback', 'delete'] as const)('a %s is let pass', (kind) => {
  expect(refusal({ kind }, PARTS, [])).toBeUndefined();
});

function parts(): fc.Arbitrary<Parts> {
  return fc.record({
    rungs: fc.subarray([...PARTS.rungs]),
    regions: fc.subarray([...PARTS.regions]),
    domain: fc.constantFrom(PARTS.domain, undefined),
    ownApplication: fc.boolean(),
    queues: fc.subarray([...PARTS.queues]),
  });
}
