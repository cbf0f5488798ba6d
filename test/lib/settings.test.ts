import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import * as v from 'valibot';
import { plan } from '../../lib/capacity/plan';
import { type Region, REGIONS, UNTRUSTED_REGIONS } from '../../lib/regions';
import { BUILT_RUNGS, LADDER, planFor, QUEUE_KINDS } from '../../lib/scaling-plan';
import { partsOf, ROWS, SETTINGS, type SettingKey, type Settings, withDefaults } from '../../lib/settings';
import { settingOf } from '../../lib/settings/planned';
import { type Problem, sentence } from '../../lib/settings/problem';
import { readSettings } from '../../lib/settings/read';

function accepted(context: Readonly<Record<string, unknown>>, folder?: string): Settings {
  const result = readSettings(context, folder);
  if (!result.ok) {
    throw new Error(result.problems.map(sentence).join('\n'));
  }
  return result.settings;
}

function problems(context: Readonly<Record<string, unknown>>): readonly Problem[] {
  const result = readSettings(context);
  return result.ok ? [] : result.problems;
}

function about(context: Readonly<Record<string, unknown>>): readonly string[] {
  return problems(context).map(({ setting }) => setting);
}

describe('without any setting', () => {
  it('the lowest rung stands in one production data center', () => {
    expect(accepted({})).toMatchObject({
      stage: 1,
      name: 'zero-to-million',
      regions: ['us-east-1'],
      without: [],
      sandbox: false,
    });
  });
});

describe('a value', () => {
  it.each([
    ['stage', '3', 3],
    ['stage', 3, 3],
    ['stage', 'load-balancer', 3],
    ['sandbox', 'true', true],
    ['sandbox', true, true],
    ['regions', 'eu-west-1', ['eu-west-1']],
    ['regions', ['eu-west-1'], ['eu-west-1']],
    ['serverVolumeGiB', '50', 50],
    ['serverVolumeGiB', 50, 50],
    ['name', ' shop ', 'shop'],
  ])('of %s may be written %j', (key, written, value) => {
    expect(accepted({ [key]: written })).toMatchObject({ [key]: value });
  });

  it('of a database size may be named as EC2 or as RDS names it', () => {
    const [ec2, rds] = ['t4g.small', 'db.t4g.small'].map(
      (databaseInstanceType) => accepted({ stage: 2, databaseInstanceType }).databaseInstanceType,
    );
    expect([ec2, rds]).toEqual(['t4g.small', 't4g.small']);
  });

  it('of several parts is split at commas and loses its repetitions', () => {
    expect(accepted({ stage: 3, without: 'single-server, single-server,' }).without).toEqual([
      'single-server',
    ]);
  });

  it.each([
    ['stage', 0],
    ['stage', '10'],
    ['stage', null, true],
    ['sandbox', 'yes'],
    ['regions', 'mars-east-1'],
    ['name', 'My App'],
    ['account', '12345'],
    ['account', 123456789012],
    ['alarmEmail', 'me'],
    ['serverInstanceType', 't3.small'],
    ['serverInstanceType', 'g5.xlarge'],
    ['serverInstanceType', 'huge'],
    ['serverVolumeGiB', 0],
    ['serverVolumeGiB', 1.5],
    ['serverVolumeGiB', '1e3'],
    ['domainName', 'https://example.com'],
    ['appEntry', 'no/such/file.ts'],
    ['appEntry', 'package.json'],
  ])('of %s that is %j is %s', (key, written, fine = false) => {
    expect(about({ [key]: written }).includes(key)).toBe(!fine);
  });

  it.each([
    ['replicas', '15', 15],
    ['replicas', 0, 0],
    ['cacheNodeType', 'cache.r7g.large', 'r7g.large'],
    ['priceClass', 200, '200'],
    ['priceClass', 'all', 'all'],
    ['originSecret', '12', 12],
  ])('of %s at the upper rungs may be written %j', (key, written, value) => {
    expect(accepted({ stage: 6, [key]: written })).toMatchObject({ [key]: value });
  });

  it.each([
    ['replicas', 16],
    ['replicas', -1],
    ['cacheNodeType', 'db.t4g.micro'],
    ['priceClass', '300'],
    ['priceClass', [Object.create(null)]],
    ['originSecret', 0],
    ['originSecret', 1000],
  ])('of %s at the upper rungs may not be %j', (key, written) => {
    expect(about({ stage: 6, [key]: written })).toEqual([key]);
  });

  it('of a processor that is not Graviton gets the Graviton sibling offered', () => {
    expect(problems({ serverInstanceType: 't3.small' })[0]?.remedy).toBe('Did you mean "t4g.small"?');
  });
});

describe('a region', () => {
  it.each(UNTRUSTED_REGIONS)(
    'whose databases no server would trust, %s, is refused by a sentence that says why',
    (region) => {
      expect(problems({ regions: region }).map(({ what, remedy }) => [what, remedy])).toEqual([
        [
          `"${region}" cannot be used. The certificate authority of its databases is in no package that a server’s bundle could take it from, so servers would refuse them.`,
          'Set it so in cdk.json or with -c regions=…, or remove it.',
        ],
      ]);
    },
  );

  it('is the usual one where the list of them is empty', () => {
    expect([accepted({ regions: [] }).regions, accepted({ regions: '' }).regions]).toEqual([
      ['us-east-1'],
      ['us-east-1'],
    ]);
  });
});

describe('zones', () => {
  it.each([
    ['us-east-1b,us-east-1c', {}, ['us-east-1b', 'us-east-1c']],
    [['us-east-1c', 'us-east-1a'], {}, ['us-east-1c', 'us-east-1a']],
    ['eu-west-1b,eu-west-1c', { stage: 7 }, ['eu-west-1b', 'eu-west-1c']],
    [
      'eu-west-1b,us-east-1d,eu-west-1a,us-east-1b',
      { stage: 7 },
      ['eu-west-1b', 'us-east-1d', 'eu-west-1a', 'us-east-1b'],
    ],
  ])('may be %j', (zones, context, read) => {
    const domain = { domainName: 'links.example.com', hostedZoneId: 'Z0123456789ABCDEFGHIJ' };
    expect(accepted({ ...context, ...domain, zones }).zones).toEqual(read);
  });

  const remedy =
    'Set zones so, for example to "us-east-1b,us-east-1c", or remove it to take the first two of each region.';

  it.each([
    ['us-east-1b', [`us-east-1 has 1 here. Each region takes two different zones, or none. ${remedy}`]],
    [
      'us-east-1b,us-east-1b',
      [`us-east-1 has 1 here. Each region takes two different zones, or none. ${remedy}`],
    ],
    [
      'us-east-1a,us-east-1b,us-east-1c',
      [`us-east-1 has 3 here. Each region takes two different zones, or none. ${remedy}`],
    ],
    [
      'eu-west-1a,eu-west-1b',
      ['eu-west-1a', 'eu-west-1b'].map(
        (zone) => `"${zone}" is in no region of this deployment. It takes zones of us-east-1. ${remedy}`,
      ),
    ],
  ])('may not be %j, by a sentence', (zones, sentences) => {
    expect(problems({ zones }).map(sentence)).toEqual(sentences.map((text) => `zones: ${text}`));
  });

  it.each(['use1-az1,use1-az2', 'us-east-1-bos-1a,us-east-1b', 'us-east-1'])(
    '%j are no zones’ names',
    (zones) => {
      expect(about({ zones })).toEqual(['zones']);
    },
  );
});

describe('an application of one’s own', () => {
  it('is a file, not a folder', () => {
    const folder = mkdtempSync(join(tmpdir(), 'zero-to-million-entry-'));
    try {
      mkdirSync(join(folder, 'mine.ts'));
      expect(about({ appEntry: join(folder, 'mine.ts') })).toEqual(['appEntry']);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('is found relative to the project’s folder', () => {
    const folder = mkdtempSync(join(tmpdir(), 'zero-to-million-entry-'));
    try {
      writeFileSync(join(folder, 'mine.mts'), '');
      expect(accepted({ appEntry: 'mine.mts' }, folder).appEntry).toBe(join(folder, 'mine.mts'));
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

describe('a key', () => {
  it('that is misspelt gets the nearest one offered', () => {
    expect(problems({ satge: 1 })[0]?.remedy).toBe('Did you mean "stage"?');
  });

  it('that is like none is to be removed', () => {
    expect(problems({ colour: 'red' })[0]?.remedy).toBe('Remove it.');
  });

  it.each(['@aws-cdk/core:checkSecretUsage', 'aws:cdk:bundling-stacks', 'cli-telemetry'])(
    'of the CDK’s own, %s, is let be',
    (key) => {
      expect(about({ [key]: true })).toEqual([]);
    },
  );
});

describe('settings that belong together', () => {
  it.each([
    [{ domainName: 'example.com' }, 'hostedZoneId'],
    [{ hostedZoneId: 'Z0123456789ABCDEFGHIJ' }, 'domainName'],
    [{ stage: 3, minServers: 5, maxServers: 4 }, 'maxServers'],
    [{ stage: 2, databaseStorageGiB: 100, databaseMaxStorageGiB: 105 }, 'databaseMaxStorageGiB'],
    [{ stage: 3, maxServers: 1 }, 'maxServers'],
    [{ stage: 2, databaseMaxStorageGiB: 22, databaseStorageGiB: 21 }, 'databaseMaxStorageGiB'],
    [{ stage: 2, databaseStorageGiB: 59_579 }, 'databaseStorageGiB'],
    [{ stage: 3, without: 'single-server', serverVolumeGiB: 30 }, 'serverVolumeGiB'],
    [{ regions: 'us-east-1,eu-west-1' }, 'regions'],
  ])('%j are refused for %s', (context, setting) => {
    expect(about(context)).toEqual([setting]);
  });

  it.each([
    ['databaseInstanceType', 't4g.small', 1],
    ['databaseStorageGiB', 50, 1],
    ['databaseMaxStorageGiB', 50, 1],
    ['minServers', 2, 2],
    ['maxServers', 4, 2],
    ['natGateways', 2, 2],
    ['replicas', 1, 3],
    ['cacheNodeType', 't4g.small', 4],
    ['priceClass', '200', 5],
    ['originSecret', 2, 5],
    ['automaticPromotion', 'true', 6],
    ['rabbitmqInstanceType', 'm7g.large', 6],
    ['kafkaInstanceType', 't3.small', 6],
    ['kafkaStorageGiB', 30, 6],
  ])('%s is refused at a rung that has nothing of that size', (key, value, stage) => {
    expect(about({ stage, [key]: value })).toEqual([key]);
  });

  it.each([
    ['replicas', 'database-replication'],
    ['cacheNodeType', 'cache'],
    ['automaticPromotion', 'data-centers'],
  ])('%s is refused where %s is left out', (key, without) => {
    const value = { replicas: 1, cacheNodeType: 't4g.small', automaticPromotion: true }[key];
    const stage = key === 'automaticPromotion' ? 8 : 6;
    expect(about({ stage, without, [key]: value })).toEqual([key]);
  });

  it('a CDN without a domain is refused elsewhere than in us-east-1, and the ways out are said', () => {
    expect(
      problems({ stage: 6, regions: 'eu-west-1' }).map(({ setting, remedy }) => [setting, remedy]),
    ).toEqual([['regions', 'Set domainName and hostedZoneId, or regions to "us-east-1", or leave out cdn.']]);
  });

  it.each([
    {
      stage: 6,
      regions: 'eu-west-1',
      domainName: 'links.example.com',
      hostedZoneId: 'Z0123456789ABCDEFGHIJ',
    },
    { stage: 5, regions: 'eu-west-1' },
  ])('%j are fine', (context) => {
    expect(about(context)).toEqual([]);
  });

  it('a maximum below the minimum that is not set is refused by a sentence that names it', () => {
    expect(problems({ stage: 3, maxServers: 1 }).map(sentence)).toEqual([
      'maxServers: 1 is too low beside minServers, which is not set. It takes 2 at least. Raise maxServers or lower minServers.',
    ]);
  });

  it('every accepted storage has a ceiling by default that RDS takes', () => {
    fc.assert(
      fc.property(fc.integer({ min: 20, max: 59_578 }), (databaseStorageGiB) => {
        const { databaseMaxStorageGiB } = planFor(accepted({ stage: 2, databaseStorageGiB }));
        return databaseMaxStorageGiB >= 1.1 * databaseStorageGiB && databaseMaxStorageGiB <= 65_536;
      }),
    );
  });
});

describe('users', () => {
  it('choose the stage and the sizes: those of npm run plan', () => {
    const { answer } = plan({ users: 20_000_000 }, settingOf({}));
    expect(planFor(accepted({ users: '20000000' }))).toEqual(answer.plan);
    expect(answer.plan.serverInstanceType).not.toBe('t4g.small');
  });

  it('change no size that is set, nor the stage', () => {
    const settings = accepted({
      users: 20_000_000,
      stage: 3,
      serverInstanceType: 't4g.small',
      maxServers: 40,
    });
    expect(settings).toMatchObject({
      stage: 3,
      without: [],
      serverInstanceType: 't4g.small',
      maxServers: 40,
    });
  });

  it('size the stage that is set', () => {
    const most = [1_000, 50_000_000].map((users) => accepted({ users, stage: 4 }).databaseStorageGiB);
    expect(most).toEqual([20, 400]);
  });

  it('are planned on a rung that has what is set', () => {
    expect([
      accepted({ users: 1 }).stage,
      accepted({ users: 1, replicas: 3 }).stage,
      accepted({ users: 1, priceClass: 'all' }).stage,
    ]).toEqual([1, 4, 6]);
  });

  it('are planned on several data centers where several regions are set, and refused where these have no domain', () => {
    const regions = 'eu-west-1,us-east-1';
    expect(accepted({ users: 1, regions, ...DOMAIN })).toMatchObject({
      stage: 7,
      regions: ['eu-west-1', 'us-east-1'],
    });
    expect(problems({ users: 1, regions }).map(sentence)).toContain(
      'users: They cannot be planned for. No rung can be deployed with these settings. What is not set is chosen among rungs that have what is set. Set stage, or remove users.',
    );
  });

  it('cannot be planned with a size that the data does not know, but for a stage that is set', () => {
    expect(about({ users: 1, serverInstanceType: 'm8g.large' })).toEqual(['users']);
    expect(about({ users: 1, serverInstanceType: 'm8g.large', stage: 3 })).toEqual([]);
  });

  it('leave a stage that the ladder refuses to be named as such', () => {
    expect(about({ users: 1, stage: 9, ...DOMAIN })).toEqual(['stage']);
  });
});

/** An example domain, reserved by RFC 2606, and a zone of nobody's. */
const DOMAIN = { domainName: 'links.example.com', hostedZoneId: 'Z0123456789ABCDEFGHIJ' };

describe('data centers', () => {
  it.each([7, 8])('at stage %i stand in Virginia and Ireland, unless others are named', (stage) => {
    expect(accepted({ stage, ...DOMAIN }).regions).toEqual(['us-east-1', 'eu-west-1']);
  });

  const several = fc.uniqueArray(fc.constantFrom<Region>(...REGIONS), { minLength: 2, maxLength: 5 });

  it('stand in any two to five regions, in the order in which they are named', () => {
    fc.assert(
      fc.property(several, fc.constantFrom(7, 8), (regions, stage) => {
        expect(accepted({ stage, ...DOMAIN, regions: regions.join(', ') }).regions).toEqual(regions);
      }),
    );
  });

  it.each([
    ['us-east-1', 1],
    ['us-east-1,us-east-1', 1],
    ['us-east-1,us-east-2,us-west-1,us-west-2,eu-west-1,eu-west-2', 6],
  ])('in %s are refused by a sentence that says how many there may be', (regions, count) => {
    expect(problems({ stage: 7, ...DOMAIN, regions }).map(sentence)).toEqual([
      `regions: ${count} cannot be used. data-centers takes 2 to 5 regions, the one where writes start first. Set regions so, for example to "us-east-1,eu-west-1", or leave it out with without=data-centers.`,
    ]);
  });

  it('without a domain are refused by a sentence that says how to leave them out', () => {
    expect(problems({ stage: 8 }).map(sentence)).toEqual([
      'domainName: It is missing, and data-centers cannot do without it: requests find each region’s load balancer by a name of the domain. It takes domainName and hostedZoneId. Set both, or leave out the rung with without=data-centers.',
    ]);
  });

  it('are one where they are left out, and need no domain', () => {
    expect(accepted({ stage: 8, without: 'data-centers' }).regions).toEqual(['us-east-1']);
  });

  it('are not several where they are left out, whatever regions are named', () => {
    fc.assert(
      fc.property(several, (regions) => {
        const named = { stage: 8, without: 'data-centers', ...DOMAIN, regions: regions.join(',') };
        expect(problems(named).map(({ setting, remedy }) => [setting, remedy])).toEqual([
          ['regions', `Leave only "${regions[0] ?? ''}".`],
        ]);
      }),
    );
  });

  it.each([6, 8])('at stage %i is one elsewhere too, where a domain leads there', (stage) => {
    const without = stage === 8 ? 'data-centers' : '';
    expect(accepted({ stage, without, ...DOMAIN, regions: 'eu-west-1' }).regions).toEqual(['eu-west-1']);
  });

  it.each([
    ['true', true],
    [true, true],
    ['false', false],
  ])('are promoted by an alarm where automaticPromotion is %j', (automaticPromotion, read) => {
    expect(accepted({ stage: 7, ...DOMAIN, automaticPromotion }).automaticPromotion).toBe(read);
  });
});

describe('problems', () => {
  it('are all reported at once', () => {
    expect(about({ satge: 1, sandbox: 'maybe', regions: 'mars', domainName: 'example.com' })).toEqual([
      'satge',
      'regions',
      'sandbox',
      'hostedZoneId',
    ]);
  });

  it('of the ladder are reported with those of values', () => {
    expect(about({ stage: 9, without: 'data-centers', account: '1' })).toEqual(['account', 'stage']);
  });

  const written = fc.oneof(
    fc.string(),
    fc.integer(),
    fc.double(),
    fc.boolean(),
    fc.constantFrom(...LADDER.map(({ name }) => name), 'us-east-1', 'example.com', 't4g.small'),
    fc.anything({ withBigInt: true, withNullPrototype: true, withSparseArray: true }),
  );
  const context = fc.dictionary(
    fc.oneof(fc.constantFrom(...Object.keys(SETTINGS)), fc.string(), fc.constant('toString')),
    written,
    { maxKeys: 8 },
  );

  it('never come as an exception, and say what is wrong, what would be right and what to do', () => {
    fc.assert(
      fc.property(context, (given) => {
        const result = readSettings(given);
        const sentences = result.ok
          ? []
          : result.problems.flatMap(({ what, expected, remedy }) => [what, expected, remedy]);
        return sentences.every((text) => /^\S.*[.?]$/su.test(text));
      }),
      { numRuns: 500 },
    );
  });

  it('are found exactly when there are no settings', () => {
    fc.assert(
      fc.property(context, (given) => {
        const result = readSettings(given);
        return result.ok || result.problems.length > 0;
      }),
    );
  });
});

describe('the queue', () => {
  const at8 = { stage: 8, without: 'data-centers' };

  it('is SQS, and nothing is drained, unless it is set', () => {
    expect(accepted(at8)).toMatchObject({ queue: 'sqs', drainQueues: [] });
  });

  it('may be of another kind, with the sizes of that kind', () => {
    const rabbitmq = { ...at8, queue: 'rabbitmq', rabbitmqInstanceType: 'mq.m7g.xlarge' };
    const kafka = { ...at8, queue: 'kafka', kafkaInstanceType: 'kafka.m7g.large', kafkaStorageGiB: '100' };
    expect([accepted(rabbitmq), accepted(kafka)]).toEqual([
      expect.objectContaining({ queue: 'rabbitmq', rabbitmqInstanceType: 'm7g.xlarge' }),
      expect.objectContaining({ queue: 'kafka', kafkaInstanceType: 'm7g.large', kafkaStorageGiB: 100 }),
    ]);
  });

  it.each(['mq.m7g.medium', 'm7g.large', 'm7g.16xlarge'])(
    'of RabbitMQ may have nodes of the size %s',
    (size) => {
      expect(about({ ...at8, queue: 'rabbitmq', rabbitmqInstanceType: size })).toEqual([]);
    },
  );

  it.each(['t3.small', 'kafka.m5.large', 'm5.12xlarge', 'm7g.large', 'm7g.16xlarge'])(
    'of Kafka may have brokers of the size %s',
    (size) => {
      expect(about({ ...at8, queue: 'kafka', kafkaInstanceType: size })).toEqual([]);
    },
  );

  it('has the sizes of a kind that is drained, too', () => {
    expect(about({ ...at8, drainQueues: 'rabbitmq,kafka', kafkaStorageGiB: 50 })).toEqual([]);
  });

  it.each([
    [false, 'm7g.large'],
    [true, 'm7g.medium'],
  ])('of RabbitMQ in a sandbox (%j) has nodes of the size %s', (sandbox, size) => {
    expect(accepted({ ...at8, queue: 'rabbitmq', sandbox }).rabbitmqInstanceType).toBe(size);
  });

  it.each(['queue', 'drainQueues'])('is refused below its rung: %s', (key) => {
    expect(about({ stage: 6, [key]: 'kafka' })).toEqual([key]);
  });

  it.each([
    [{ queue: 'rabbitmq', kafkaStorageGiB: 30 }, 'kafkaStorageGiB', 'kafka'],
    [{ rabbitmqInstanceType: 'm7g.large' }, 'rabbitmqInstanceType', 'rabbitmq'],
    [{ kafkaInstanceType: 't3.small' }, 'kafkaInstanceType', 'kafka'],
  ])('of another kind than a size is about, %j, is refused', (context, setting, kind) => {
    expect(problems({ ...at8, ...context }).map(sentence)).toEqual([
      `${setting}: No queue here is of the kind that it is about, ${kind}. It takes effect where queue or drainQueues names ${kind}. Remove ${setting}, or set queue to ${kind}.`,
    ]);
  });

  it.each([
    [{ drainQueues: 'sqs' }, 'sqs, which is the kind that clicks go through unless queue is set'],
    [{ queue: 'kafka', drainQueues: 'sqs,kafka' }, 'kafka, which is the kind that clicks go through'],
  ])('cannot be drained while clicks go through it: %j', (context, named) => {
    const [kind] = named.split(',');
    expect(problems({ ...at8, ...context }).map(sentence)).toEqual([
      `drainQueues: It names ${named}. It names kinds that were used before, and are emptied. Remove ${kind} from drainQueues, or set queue to the kind that is to take its place.`,
    ]);
  });

  it.each([
    [{ queue: 'rabbitmq' }, ['queue']],
    [{ queue: 'kafka', drainQueues: 'sqs' }, ['queue']],
    [{ drainQueues: 'rabbitmq,kafka' }, ['drainQueues', 'drainQueues']],
    [{ queue: 'sqs' }, []],
  ])('between several data centers is SQS alone: %j', (context, settings) => {
    expect(about({ stage: 8, ...DOMAIN, ...context })).toEqual(settings);
  });

  it('between several data centers is refused by a sentence that says why, and what to do', () => {
    expect(problems({ stage: 8, ...DOMAIN, queue: 'kafka' }).map(sentence)).toEqual([
      'queue: "kafka" cannot be used with several data centers: clicks that one of them may not count are sent on to the queue of the next, which SQS alone takes from another region. With data-centers it takes sqs. Leave the data centers out with without=data-centers, or leave the queue to sqs.',
    ]);
  });

  it('that is kept may not be named as one that may go', () => {
    expect([
      about({ ...at8, allowRemoval: 'sqs' }),
      about({ ...at8, queue: 'rabbitmq', allowRemoval: 'sqs' }),
    ]).toEqual([['allowRemoval'], []]);
  });
});

describe('what may be taken away', () => {
  it('is named as rungs, regions, a domain and an application are', () => {
    const allowRemoval = 'message-queue,eu-west-1,links.example.com,application';
    expect(accepted({ allowRemoval }).allowRemoval).toEqual(allowRemoval.split(','));
  });

  it.each([
    ['message-que', 'Did you mean "message-queue"?'],
    ['eu-wst-1', 'Did you mean "eu-west-1"?'],
    ['aplication', 'Did you mean "application"?'],
  ])('is not %s', (allowRemoval, remedy) => {
    expect(problems({ allowRemoval })).toEqual([
      expect.objectContaining({ setting: 'allowRemoval', remedy }),
    ]);
  });

  it.each([
    ['a rung', { stage: 5, allowRemoval: 'cache' }],
    ['a region', { regions: 'eu-west-1', allowRemoval: 'eu-west-1' }],
    [
      'the domain',
      {
        domainName: 'links.example.com',
        hostedZoneId: 'Z0123456789ABCDEFGHIJ',
        allowRemoval: 'links.example.com',
      },
    ],
    ['the application', { appEntry: __filename, allowRemoval: 'application' }],
  ])('is not %s that the settings have: the next mistake would pass', (_what, context) => {
    expect(about(context)).toEqual(['allowRemoval']);
  });
});

describe('what a setting does', () => {
  it.each(ROWS.map(([key, { does, unset }]) => ({ key, does, unset })))(
    'is said of $key in one line, and so is what it is by default where no value says that',
    ({ does, unset = 'none' }) => {
      expect(does).toMatch(/^[A-Z][^\n]{3,}\.$/);
      expect(unset).toMatch(/^\S[^\n]{2,}[^.\n]$/);
    },
  );
});

describe('what a setting takes', () => {
  const forms = ROWS.map(([key, { takes }]) => [key, takes] as const);
  const takes = new Map<string, string>(forms);

  it.each(forms)('is said of %s where it is not that', (key, form) => {
    expect(form).toMatch(/^\S.{3,}[^.]$/);
    const [problem] = problems({ stage: 8, [key]: { not: 'that' } });
    expect(problem && sentence(problem)).toBe(
      `${key}: { not: 'that' } cannot be used. It takes ${form}. Set it so in cdk.json or with -c ${key}=…, or remove it.`,
    );
  });

  it.each([
    ['stage', ['1', 'single-server', 8]],
    ['without', ['', [], '2', 'cache, 3']],
    ['name', ['a', 'a1', 'a-1', `a${'b'.repeat(29)}`]],
    ['domainName', ['a.io', 'a-b.c-d.example', `${'a'.repeat(60)}.io`, '1.2.example']],
    ['hostedZoneId', ['Z1234567', `Z${'A'.repeat(31)}`]],
    ['sandbox', ['false', false]],
    ['account', ['123456789012']],
    ['appEntry', [__filename, 'eslint.config.mjs', 'test/mutation/jest.config.mjs']],
    ['alarmEmail', ['a@b.c', 'first.last+tag@mail.example.com']],
    [
      'serverInstanceType',
      ['t4g.nano', 'm8g.12xlarge', 'c7gn.medium', 'x2gd.metal', 'r8g.metal-24xl', 'c6g.xlarge'],
    ],
    ['serverVolumeGiB', [1, '16384']],
    ['minServers', [1, '6']],
    ['maxServers', [2, '1000']],
    ['natGateways', [1, '2']],
    ['databaseInstanceType', ['db.m6i.large', 'r6gd.16xlarge', 'x2idn.metal']],
    ['databaseStorageGiB', [20, '59578']],
    ['databaseMaxStorageGiB', [22, '65536']],
    ['cacheNodeType', ['cache.m7g.large', 't2.micro']],
    ['priceClass', ['100', 100, '200', 'all']],
    ['originSecret', [1, '999']],
    ['users', [1, '1000']],
    ['allowRemoval', ['sharding', 'ap-east-1', 'application', 'old.example.com', 'rabbitmq-single', []]],
  ])('is, of %s, %j', (key, values) => {
    const wrong = values.filter((value) => {
      const stage = key === 'stage' ? undefined : key === 'serverVolumeGiB' ? 1 : 6;
      return about({ stage, [key]: value }).includes(key);
    });
    expect(wrong).toEqual([]);
  });

  it.each([
    ['stage', ['', '01', '1.0', 10, -1, true, ['1']]],
    ['without', ['10', 'nothing', 1.5, true, ['cache', 'x']]],
    ['regions', ['us-east-1x', 'US_EAST_1', 1, ['us-east-1', 2]]],
    [
      'zones',
      ['us-east-1A', 'us-east-a', 'us-east-1ab', 'xus-east-1a', 'us-1a', 'us-ea5t-1a', 'u-east-1a', 1],
    ],
    ['name', ['', 'A', '1a', '-a', 'a-', 'a_b', `a${'b'.repeat(30)}`, ' ', 'a b', 'ab!', 1]],
    [
      'domainName',
      [
        'a.b',
        'example',
        '.example.com',
        'a..b.com',
        '-a.com',
        'a-.com',
        'a.c0m',
        'a_b.com',
        'a.com.',
        `${'a'.repeat(61)}.com`,
        `${'a'.repeat(64)}.io`,
        'x a.com',
        1,
      ],
    ],
    ['hostedZoneId', ['Z123456', `Z${'A'.repeat(32)}`, 'A1234567', 'xZ1234567', 'Z123456-', 1]],
    ['sandbox', ['1', 1, 0, 'True!', []]],
    ['account', ['12345678901', '1234567890123', 'abcdefghijkl', '12345678901a']],
    ['appEntry', ['', '.', 'lib', 'README.md', 'package.json', 'lib/settings.ts.md', 1]],
    [
      'alarmEmail',
      ['', '@b.c', 'a@b', 'a@.c', 'a@b.', 'a b@c.d', 'a@b.c,d@e.f', 'a@b@c.d', 'x a@b.c', 'a@b.c d', 1],
    ],
    [
      'serverInstanceType',
      [
        '',
        't4g',
        't4g.',
        't4g.tiny',
        'xt4g.small!',
        't4g.smallx',
        'tg.small',
        '4g.small',
        'T4G.small',
        'db.t4g.small',
        'm5.large',
        'm8g.12large x',
        'm8g.metal-xl',
        'm8g.metal-24',
        1,
      ],
    ],
    [
      'serverVolumeGiB',
      [0, 16_385, '', ' ', '-1', '1.0', 1.5, NaN, '0x10', '99999999999999999', true, ['1']],
    ],
    ['minServers', [0, 1_001]],
    ['maxServers', [0, 1_001]],
    ['natGateways', [0, 3]],
    ['databaseInstanceType', ['', 't4g', 'cache.t4g.small', 'xdb.t4g.small!', 'rds.t4g.small', 1]],
    ['databaseStorageGiB', [19, 59_579]],
    ['databaseMaxStorageGiB', [21, 65_537]],
    ['replicas', [-1, 16]],
    ['cacheNodeType', ['', 'db.t4g.small', 'xcache.t4g.small', 'cache.db.t4g.small', 't4g', 1]],
    ['priceClass', ['', '300', 'All!', true, [100]]],
    ['originSecret', [0, 1_000]],
    ['automaticPromotion', ['yes', 1]],
    ['queue', ['', 'SQS', 'amqp', ['sqs']]],
    ['drainQueues', ['redis', 1, ['sqs', 'x']]],
    [
      'rabbitmqInstanceType',
      ['', 'm7g', 't3.micro', 'm5.large', 'db.m7g.large', 'm7g.small', 'm7g.largest', 1],
    ],
    ['kafkaInstanceType', ['', 't3.micro', 'm7g', 'express.m7g.large', 'xkafka.m5.large', 't3.smaller', 1]],
    ['kafkaStorageGiB', [0, 16_385, 1.5]],
    ['users', [0, 1.5, -1, 'many']],
    ['allowRemoval', ['nothing', 'us-east', 'a..b', 1, ['cache', 2]]],
  ])('is, of %s, none of %j', (key, values) => {
    const taken = values.filter((value) => {
      const stage = key === 'stage' ? undefined : 8;
      const found = problems({ stage, without: 'data-centers', [key]: value });
      return !found.some(
        ({ setting, expected }) => setting === key && expected === `It takes ${takes.get(key)}.`,
      );
    });
    expect(taken).toEqual([]);
  });
});

describe('a suggestion', () => {
  it.each([
    ['stage', 'load-balancr', 'load-balancer'],
    ['without', 'cach', 'cache'],
    ['regions', 'us-esat-1', 'us-east-1'],
    ['sandbox', 'ture', 'true'],
    ['automaticPromotion', 'flase', 'false'],
    ['name', 'My-App', 'my-app'],
    ['domainName', 'Links.Example.COM', 'links.example.com'],
    ['zones', 'US-EAST-1A', 'us-east-1a'],
    ['serverInstanceType', 't3.small', 't4g.small'],
    ['serverInstanceType', 't3a.large', 't4g.large'],
    ['serverInstanceType', 'db.t4g.small', 't4g.small'],
    ['rabbitmqInstanceType', 'm5.large', 'm7g.large'],
    ['rabbitmqInstanceType', 'MQ.T3.Medium', 'mq.m7g.medium'],
    ['rabbitmqInstanceType', 'hpc10a.xlarge', 'm7g.xlarge'],
    ['kafkaInstanceType', 'Kafka.M5.large', 'kafka.m5.large'],
    ['priceClass', 'al', 'all'],
    ['allowRemoval', 'cachee', 'cache'],
  ])('for %s that is %j is "%s"', (key, value, suggestion) => {
    expect(
      problems({ stage: 8, without: 'data-centers', [key]: value }).map(({ remedy }) => remedy),
    ).toContain(`Did you mean "${suggestion}"?`);
  });

  it.each([
    ['serverInstanceType', 'm5.large'],
    ['serverInstanceType', 'xt3.small'],
    ['rabbitmqInstanceType', 'm5.small'],
    ['name', 'MY APP'],
    ['account', '1234'],
    ['stage', 17],
    ['databaseInstanceType', 'huge'],
    ['cacheNodeType', 'huge'],
    ['appEntry', 'none.ts'],
  ])('is none for %s that is %j', (key, value) => {
    expect(
      problems({ stage: 8, without: 'data-centers', [key]: value }).map(({ remedy }) => remedy),
    ).toContain(`Set it so in cdk.json or with -c ${key}=…, or remove it.`);
  });
});

describe('the sentence', () => {
  it.each([
    [
      { colour: 'red' },
      `colour: There is no such setting. The settings are ${Object.keys(SETTINGS).join(', ')}. Remove it.`,
    ],
    [
      { hostedZoneId: 'Z0123456789ABCDEFGHIJ' },
      'domainName: It is missing, while hostedZoneId is set. HTTPS needs both domainName and hostedZoneId. Set domainName too, or remove the other to serve plain HTTP.',
    ],
    [
      { domainName: 'example.com', hostedZoneId: null },
      'hostedZoneId: It is missing, while domainName is set. HTTPS needs both domainName and hostedZoneId. Set hostedZoneId too, or remove the other to serve plain HTTP.',
    ],
    [
      { stage: 2, databaseStorageGiB: 100, databaseMaxStorageGiB: 109 },
      'databaseMaxStorageGiB: 109 is too low beside databaseStorageGiB. It takes 110 at least. Raise databaseMaxStorageGiB or lower databaseStorageGiB.',
    ],
    [
      { stage: 2, databaseStorageGiB: 101, databaseMaxStorageGiB: 111 },
      'databaseMaxStorageGiB: 111 is too low beside databaseStorageGiB. It takes 112 at least. Raise databaseMaxStorageGiB or lower databaseStorageGiB.',
    ],
    [
      { stage: 9, without: 'data-centers' },
      'stage: Stage 9, sharding, is on the ladder but this version does not build it yet. A stage takes every rung below it, and leaves out only what nothing above needs. Choose another stage, or change without.',
    ],
    [
      { stage: 2, minServers: 2 },
      'minServers: Stage 2 has nothing that it is about. It takes effect from stage 3 on. Remove minServers, or climb to stage 3.',
    ],
    [
      { stage: 6, without: 'cache', cacheNodeType: 't4g.micro' },
      'cacheNodeType: What it is about is left out by without=cache. It takes effect only where that exists. Remove cacheNodeType, or cache from without.',
    ],
    [
      { stage: 5, allowRemoval: 'cache' },
      'allowRemoval: "cache" may go by it, but these settings have it. It names only what a deployment takes away. Remove cache from allowRemoval, or from what is deployed.',
    ],
    [
      { regions: 'us-east-1,eu-west-1' },
      'regions: Stage 1 has one data center here, but 2 regions are set. Several regions take effect from stage 7 on, where data-centers is not left out. Leave only "us-east-1".',
    ],
    [
      { stage: 6, regions: 'eu-west-1' },
      'regions: Without a domain, cdn cannot stand before a data center in "eu-west-1": CloudFront and its firewall are set up in us-east-1 and know another region’s load balancer only by name. It takes domainName and hostedZoneId, or "us-east-1". Set domainName and hostedZoneId, or regions to "us-east-1", or leave out cdn.',
    ],
  ])('about %j says what is wrong, what would be right and what to do', (context, text) => {
    expect(problems(context).map(sentence)).toEqual([text]);
  });

  it('names two regions with "and"', () => {
    const zones = 'ap-east-1a,ap-east-1b';
    const [problem] = problems({ stage: 7, ...DOMAIN, zones });
    expect(problem?.expected).toBe('It takes zones of us-east-1 and eu-west-1.');
  });

  it('shows a long value in part, and a deep one not to the bottom', () => {
    const whats = [{ name: 'X'.repeat(59) }, { name: 'X'.repeat(58) }, { name: { a: { b: { c: 1 } } } }].map(
      (context) => problems(context)[0]?.what,
    );
    expect(whats).toStrictEqual([
      `"${'X'.repeat(59)}… cannot be used.`,
      `"${'X'.repeat(58)}" cannot be used.`,
      '{ a: { b: [Object] } } cannot be used.',
    ]);
  });

  it('shows a value of many parts in one line', () => {
    expect(problems({ name: ['a'.repeat(40), 'b'.repeat(40)] })[0]?.what).toBe(
      `[ '${'a'.repeat(40)}', '${'b'.repeat(13)}… cannot be used.`,
    );
  });
});

describe('what is not there', () => {
  it.each([null, undefined])('may be written as %j', (absent) => {
    const context = { stage: absent, domainName: absent, hostedZoneId: absent, without: absent };
    expect(accepted(context)).toMatchObject({ stage: 1, domain: undefined, without: [] });
  });

  it.each(['cli-telemetry', 'acknowledged-issue-numbers', 'notices', 'availability-zones', 'tree'])(
    'as a setting of ours, %s, is the CDK’s',
    (key) => {
      expect(about({ [key]: true })).toEqual([]);
    },
  );
});

describe('settings that were read', () => {
  it('hold the domain with its zone', () => {
    expect(accepted(DOMAIN).domain).toEqual({ name: DOMAIN.domainName, hostedZoneId: DOMAIN.hostedZoneId });
  });

  it('are in part what the guard compares', () => {
    const parts = [
      { stage: 2 },
      { stage: 3, without: 'single-server', ...DOMAIN, regions: 'eu-west-1', appEntry: __filename },
      { stage: 8, without: 'data-centers', queue: 'kafka', drainQueues: 'sqs,rabbitmq', sandbox: true },
    ].map((context) => partsOf(accepted(context)));
    expect(parts).toEqual([
      {
        rungs: ['single-server', 'separate-database'],
        regions: ['us-east-1'],
        domain: undefined,
        ownApplication: false,
        queues: [],
      },
      {
        rungs: ['separate-database', 'load-balancer'],
        regions: ['eu-west-1'],
        domain: DOMAIN.domainName,
        ownApplication: true,
        queues: [],
      },
      expect.objectContaining({ queues: ['kafka', 'sqs', 'rabbitmq-single'] }),
    ]);
  });

  it('of a database that may grow by exactly a tenth are taken', () => {
    expect(about({ stage: 2, databaseStorageGiB: 100, databaseMaxStorageGiB: 110 })).toEqual([]);
  });

  it.each([
    ['minServers', 3],
    ['replicas', 4],
    ['cacheNodeType', 5],
    ['priceClass', 6],
    ['automaticPromotion', 7],
  ])('%s takes effect from the very rung %i on', (key, stage) => {
    const value = {
      minServers: 2,
      replicas: 1,
      cacheNodeType: 't4g.micro',
      priceClass: 'all',
      automaticPromotion: true,
    }[key];
    expect(about({ stage, ...DOMAIN, [key]: value })).toEqual([]);
  });

  it('are judged no further where the stage could not be read', () => {
    expect(about({ stage: 'x', minServers: 5, maxServers: 4 })).toEqual(['stage']);
  });

  it('are not judged by their zones where regions could not be read', () => {
    expect(about({ regions: 'mars', zones: 'eu-west-1a,eu-west-1b' })).toEqual(['regions']);
  });

  const FOUR_ZONES = 'us-east-1a,us-east-1b,eu-west-1a,eu-west-1b';

  it.each([
    { stage: 'data-center', ...DOMAIN, zones: FOUR_ZONES },
    { stage: 'data-center', ...DOMAIN, regions: 'us-east-1,eu-west-1' },
    { stage: 'cach', without: 'single-server' },
    { stage: 'x', allowRemoval: 'single-server' },
  ])('are not judged by the lowest rung where another was meant: %j', (context) => {
    expect(about(context)).toEqual(['stage']);
  });

  it.each([
    [{ kafkaStorageGiB: 30 }, {}],
    [{ drainQueues: 'kafka', regions: 'eu-west-1,us-east-1' }, DOMAIN],
  ])('are not judged by the rung that users would choose where another was meant: %j', (context, domain) => {
    expect(about({ stage: 'x', users: 1, ...context, ...domain })).toEqual(['stage']);
  });

  it.each([
    [{ without: 'data-center' }],
    [{ without: 'data-center', queue: 'kafka' }],
    [{ without: 'data-center', regions: 'eu-west-1' }],
    [{ without: 'data-center', zones: FOUR_ZONES, ...DOMAIN, regions: undefined }],
    [{ without: 'mesage-queue', kafkaStorageGiB: 30 }],
    [{ without: 'cach', allowRemoval: 'cache' }],
  ])('are not judged by a rung that may have been left out: %j', (context) => {
    expect(about({ stage: 8, ...context })).toEqual(['without']);
  });

  it.each([
    [{ queue: 'kafak', kafkaStorageGiB: 30 }, 'queue'],
    [{ drainQueues: 'kafak', kafkaStorageGiB: 30 }, 'drainQueues'],
    [{ queue: 'kafak', drainQueues: 'sqs' }, 'queue'],
  ])('are not judged by a kind of queue that could not be read: %j', (context, setting) => {
    expect(about({ stage: 8, without: 'data-centers', ...context })).toEqual([setting]);
  });

  it('of several data centers name each queue that cannot be there, whatever else could not be read', () => {
    expect(about({ stage: 8, ...DOMAIN, queue: 'kafak', drainQueues: 'kafka' })).toEqual([
      'queue',
      'drainQueues',
    ]);
  });

  it('have nothing that may be taken away, unless it is named', () => {
    expect(accepted({}).allowRemoval).toEqual([]);
  });

  it('have each stack’s costs told, unless that is switched off', () => {
    expect([accepted({}).costs, accepted({ costs: 'false' }).costs]).toEqual([true, false]);
  });

  it('lack a zone and a domain where data centers need both and there is only a name', () => {
    expect(about({ stage: 7, domainName: DOMAIN.domainName })).toEqual(['hostedZoneId', 'domainName']);
  });

  it('of several data centers without a domain lack that alone, wherever writes start', () => {
    expect(about({ stage: 7, regions: 'eu-west-1,us-east-1' })).toEqual(['domainName']);
  });

  it.each(['a/b', 'a:b'])('are let be where they are named %s, as the CDK’s are', (key) => {
    expect(about({ [key]: true })).toEqual([]);
  });

  it('may be of a data center elsewhere without a CDN, or with a domain', () => {
    expect([
      about({ stage: 6, without: '', regions: 'us-east-1' }),
      about({ stage: 8, without: 'cdn,data-centers', regions: 'eu-west-1' }),
    ]).toEqual([[], []]);
  });
});

describe('valid values', () => {
  const whole = (min: number, max: number) => fc.integer({ min, max });
  const VALID: Readonly<Record<SettingKey, fc.Arbitrary<unknown>>> = {
    stage: fc.constantFrom(...BUILT_RUNGS.flatMap(({ number, name }) => [number, name])),
    without: fc.subarray(LADDER.map(({ name }) => name)),
    regions: fc.uniqueArray(fc.constantFrom(...REGIONS), { maxLength: 6 }),
    zones: fc.constantFrom([], ['us-east-1a', 'us-east-1b'], ['eu-west-1b', 'eu-west-1c']),
    name: fc.constantFrom('shop', 'a', 'zero-to-million'),
    domainName: fc.constant(DOMAIN.domainName),
    hostedZoneId: fc.constant(DOMAIN.hostedZoneId),
    sandbox: fc.boolean(),
    users: whole(1, 1_000_000),
    costs: fc.boolean(),
    account: fc.constant('123456789012'),
    appEntry: fc.constant(__filename),
    alarmEmail: fc.emailAddress().filter((address) => /^[\w.]+@[\w.-]+$/.test(address)),
    serverInstanceType: fc.constantFrom('t4g.small', 'm8g.large'),
    serverVolumeGiB: whole(1, 16_384),
    minServers: whole(1, 1000),
    maxServers: whole(1, 1000),
    natGateways: whole(1, 2),
    databaseInstanceType: fc.constantFrom('t4g.micro', 'db.m8g.large'),
    databaseStorageGiB: whole(20, 59_578),
    databaseMaxStorageGiB: whole(22, 65_536),
    replicas: whole(0, 15),
    cacheNodeType: fc.constantFrom('t4g.micro', 'cache.r7g.large'),
    priceClass: fc.constantFrom('100', '200', 'all'),
    originSecret: whole(1, 999),
    automaticPromotion: fc.boolean(),
    queue: fc.constantFrom(...QUEUE_KINDS),
    drainQueues: fc.subarray([...QUEUE_KINDS]),
    rabbitmqInstanceType: fc.constantFrom('m7g.medium', 'mq.m7g.2xlarge'),
    kafkaInstanceType: fc.constantFrom('t3.small', 'kafka.m7g.large'),
    kafkaStorageGiB: whole(1, 16_384),
    allowRemoval: fc.subarray(['cache', 'eu-west-1', 'application', 'old.example.com']),
  };
  const { stage, users, ...others } = VALID;
  const combination = fc
    .tuple(stage, fc.record(others, { requiredKeys: [] }))
    .map(([at, rest]): Readonly<Record<string, unknown>> => ({ stage: at, ...rest }));

  /** As `-c key=value` gives them. */
  const asText = (given: Readonly<Record<string, unknown>>) =>
    Object.fromEntries(Object.entries(given).map(([key, value]) => [key, String(value)]));

  it('together are taken, or refused by problems of settings that are set or said to be missing', () => {
    fc.assert(
      fc.property(combination, (given) => {
        const strangers = problems(given).filter(
          ({ setting, what }) => !(setting in given) && !what.startsWith('It is missing'),
        );
        expect(strangers).toEqual([]);
      }),
      { numRuns: 500 },
    );
  });

  it('mean the same in cdk.json and after -c', () => {
    fc.assert(
      fc.property(combination, fc.option(users, { nil: null, freq: 10 }), (some, planned) => {
        const given = { ...some, ...(planned === null ? {} : { users: planned }) };
        const [typed, text] = [given, asText(given)].map((context) => readSettings(context));
        expect(text).toEqual(typed);
      }),
    );
  });

  it('are what each setting is by default, too', () => {
    const { domain, ...values } = withDefaults({});
    const unset = ROWS.filter(([key]) => values[key] === undefined).map(([key]) => key);
    expect(domain).toBeUndefined();
    expect(unset).toEqual(['domainName', 'hostedZoneId', 'users', 'account', 'appEntry', 'alarmEmail']);
    expect(ROWS.filter(([key, { schema }]) => !unset.includes(key) && !v.is(schema, values[key]))).toEqual(
      [],
    );
  });
});
