/** Queues of other kinds than SQS: climbing to them, changing them while clicks are in them, and giving them up. */
import { refusal } from '../../lambda/guard/guard';
import { readProperties } from '../../lambda/guard/properties';
import { type CloudAssembly, resources } from '../support/cloud-assembly';
import { DOMAIN, withQueue } from '../support/rungs';
import { type Context, synthesize } from '../support/synthesize';
import { dangers } from './dangers';
import { faults } from './faults';
import { readersFirst } from './steps';

const PRODUCTION = { production: true };
const KINDS = ['rabbitmq', 'kafka'] as const;
const BELOW: Context = { stage: '6' };

/** What the guard of the first data stack says to this deployment. */
function guarded(before: Context, after: Context, allowed: readonly string[] = []): string | undefined {
  const [old, now] = [before, after].map((context) => partsOf(synthesize(context)));
  return old && now && refusal({ kind: 'update', before: old }, now, allowed);
}

function partsOf(assembly: CloudAssembly) {
  const [guard] = resources(assembly, 'Custom::Guard');
  return guard && readProperties(guard.properties).parts;
}

/** Round the three kinds, both ways: from each to each other one. */
const CHANGES = [
  { title: 'SQS to RabbitMQ', before: 'sqs', after: 'rabbitmq' },
  { title: 'RabbitMQ to Kafka', before: 'rabbitmq', after: 'kafka' },
  { title: 'Kafka to SQS', before: 'kafka', after: 'sqs' },
  { title: 'SQS to Kafka', before: 'sqs', after: 'kafka' },
  { title: 'Kafka to RabbitMQ', before: 'kafka', after: 'rabbitmq' },
  { title: 'RabbitMQ to SQS', before: 'rabbitmq', after: 'sqs' },
] as const;

describe('a queue', () => {
  it.each(KINDS)('of %s may be climbed to from the rung below, and left again, readers first', (kind) => {
    const [below, above] = [synthesize(BELOW), synthesize(withQueue(kind))];
    expect([...faults(below, above, PRODUCTION), ...faults(above, readersFirst(below), PRODUCTION)]).toEqual(
      [],
    );
  });

  it.each([
    ['rabbitmq', { rabbitmqInstanceType: 'm7g.xlarge' }],
    ['kafka', { kafkaInstanceType: 'm7g.large', kafkaStorageGiB: '100' }],
  ] as const)('of %s may become larger', (kind, larger) => {
    const [before, after] = [withQueue(kind), withQueue(kind, larger)].map(synthesize);
    expect(before && after && faults(before, after, PRODUCTION)).toEqual([]);
  });

  it('of Kafka may not become smaller', () => {
    const [before, after] = [withQueue('kafka', { kafkaStorageGiB: '100' }), withQueue('kafka')].map(
      synthesize,
    );
    expect(before && after && dangers(before, after, PRODUCTION)).toEqual([
      expect.stringMatching(/^\S+\/Kafka\w+ \(AWS::MSK::Cluster, .*VolumeSize other than by growing$/),
    ]);
  });

  it.each(KINDS)('of %s goes with a domain as without', (kind) => {
    const [before, after] = [withQueue(kind), withQueue(kind, DOMAIN)].map(synthesize);
    const meant = [/-app\/Front\w+ .* is gone while/];
    expect(before && after && faults(before, after, { ...PRODUCTION, meant })).toEqual([]);
  });
});

describe('another kind of queue, from', () => {
  it.each(CHANGES)('$title, leaves the old one with its worker', ({ before, after }) => {
    const [old, draining] = [withQueue(before), withQueue(after, { drainQueues: before })];
    expect(faults(synthesize(old), synthesize(draining), PRODUCTION)).toEqual([]);
    expect(guarded(old, draining)).toBeUndefined();
  });

  it.each(CHANGES)('$title, may be taken back while the old one is there', ({ before, after }) => {
    const [draining, back] = [
      withQueue(after, { drainQueues: before }),
      withQueue(before, { drainQueues: after }),
    ];
    expect(faults(synthesize(draining), synthesize(back), PRODUCTION)).toEqual([]);
    expect(guarded(draining, back)).toBeUndefined();
  });

  it.each(CHANGES)('$title, lets the old one go, readers first, where that is said', ({ before, after }) => {
    const [draining, alone] = [withQueue(after, { drainQueues: before }), withQueue(after)];
    expect(faults(synthesize(draining), readersFirst(synthesize(alone)), PRODUCTION)).toEqual([]);
    expect([guarded(draining, alone), guarded(draining, alone, [before])]).toEqual([
      expect.stringContaining(`leave out ${before}, which this deployment has`),
      undefined,
    ]);
  });

  it.each(CHANGES)('$title, is refused where nothing is said of the old one', ({ before, after }) => {
    expect(guarded(withQueue(before), withQueue(after))).toContain(`leave out ${before}, which`);
  });

  it.each(CHANGES)(
    '$title, keeps the old one in the account where it was let go in use',
    ({ before, after }) => {
      const [old, now] = [withQueue(before), withQueue(after)].map(synthesize);
      expect(
        old && now && dangers(old, now, PRODUCTION).filter((one) => one.endsWith(' is destroyed')),
      ).toEqual([]);
    },
  );
});

describe('the way down from rung 8', () => {
  it.each(KINDS)('with %s is allowed by the name of its rung', (kind) => {
    expect([guarded(withQueue(kind), BELOW), guarded(withQueue(kind), BELOW, ['message-queue'])]).toEqual([
      expect.stringContaining('leave out message-queue,'),
      undefined,
    ]);
  });
});

describe('a sandbox', () => {
  const sandbox = { sandbox: 'true' };

  it('with Kafka may become production', () => {
    const [before, after] = [withQueue('kafka', sandbox), withQueue('kafka')].map(synthesize);
    const meant = [/\/CustomS3AutoDeleteObjects\w+ \(AWS::Logs::LogGroup, .*\) is (?:destroyed|gone while )/];
    expect(before && after && faults(before, after, { ...PRODUCTION, meant })).toEqual([]);
  });

  it('with RabbitMQ is refused as production: one node cannot become three', () => {
    const [single, three] = [withQueue('rabbitmq', sandbox), withQueue('rabbitmq')];
    expect([guarded(single, three), guarded(single, three, ['rabbitmq-single'])]).toEqual([
      expect.stringContaining('leave out rabbitmq-single, which this deployment has'),
      undefined,
    ]);
  });
});
