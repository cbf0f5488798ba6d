/** What the functions ask of AWS and make of its answers: the SDK's own clients, and services on this machine. */
import {
  createInstance,
  createLock,
  createMark,
  createParameterGroup,
  createNotifier,
} from '../../../lambda/promote-replica/aws';
import {
  type Answer,
  createBucket,
  instance,
  parameters,
  refusal,
  type Services,
  startServices,
  wellAnswered,
} from './aws-services';

const BUCKET = 'zero-to-million-mark-123456789012-eu-west-1';
const KEY = 'promoted-mark/eu-west-1';
const GROUP = 'the-primarys';
const TOPIC = 'arn:aws:sns:eu-west-1:123456789012:alarms';

let services: Services;
beforeAll(async () => {
  services = await startServices();
});
beforeEach(() => {
  services.heard.length = 0;
  services.answer = wellAnswered;
});
afterAll(() => services.close());

const answers = (answer: Answer | 'silence') => {
  services.answer = () => answer;
};

describe('an instance', () => {
  const describeIt = () => createInstance('replica').describe();

  test('is a replica as long as RDS names its source', async () => {
    answers(instance('backing-up', 'arn:aws:rds:us-east-1:123456789012:db:primary'));
    expect(await describeIt()).toEqual({ isReplica: true, status: 'backing-up' });
  });

  test('is none once RDS names no source', async () => {
    answers(instance('available'));
    expect(await describeIt()).toEqual({ isReplica: false, status: 'available' });
  });

  test('is asked for by its name, of its own region’s RDS', async () => {
    await describeIt();
    expect(services.heard).toMatchObject([
      { what: 'DescribeDBInstances', region: 'eu-west-1', fields: { DBInstanceIdentifier: 'replica' } },
    ]);
  });

  test('that is not there is an error, not an instance that is no replica', async () => {
    answers(refusal(404, 'DBInstanceNotFound'));
    await expect(describeIt()).rejects.toThrow('DBInstanceNotFound');
  });

  test.each(['<DBInstances/>', '<DBInstances><DBInstance/></DBInstances>', ''])(
    'of which RDS says nothing is an error too: %j',
    async (content) => {
      answers({
        status: 200,
        body: `<DescribeDBInstancesResponse><DescribeDBInstancesResult>${content}</DescribeDBInstancesResult></DescribeDBInstancesResponse>`,
      });
      await expect(describeIt()).rejects.toThrow('RDS does not say how replica is.');
    },
  );
});

describe('an order to promote', () => {
  const promote = () => createInstance('replica').promote(7);

  test('names the instance and how long backups are kept', async () => {
    expect(await promote()).toEqual({ kind: 'accepted' });
    expect(services.heard).toMatchObject([
      {
        what: 'PromoteReadReplica',
        fields: { DBInstanceIdentifier: 'replica', BackupRetentionPeriod: '7' },
      },
    ]);
  });

  test.each([
    ['in another state, such as during a backup', refusal(400, 'InvalidDBInstanceState')],
    ['at too many requests', refusal(400, 'Throttling')],
    ['in trouble of its own', refusal(500, 'InternalFailure')],
    ['unavailable', refusal(503, 'ServiceUnavailable')],
  ])('may be repeated where RDS is %s', async (_, answer) => {
    answers(answer);
    expect((await promote()).kind).toBe('not now');
  });

  test.each([
    ['does not let the function', refusal(403, 'AccessDenied')],
    ['knows no such instance', refusal(404, 'DBInstanceNotFound')],
    ['finds something wrong with it', refusal(400, 'InvalidParameterValue')],
    ['finds that its parameters do not go together', refusal(400, 'InvalidParameterCombination')],
    ['cannot read it', refusal(400, 'ValidationError')],
  ])('is not repeated where RDS %s', async (_, answer) => {
    answers(answer);
    expect((await promote()).kind).toBe('never');
  });

  test('is refused in RDS’s own words', async () => {
    answers(refusal(403, 'AccessDenied', 'You may not.'));
    expect(await promote()).toEqual({ kind: 'never', why: 'AccessDenied: You may not.' });
  });
});

describe('a parameter group of the old primary', () => {
  const group = () => createParameterGroup('us-east-1', GROUP);

  test('is asked for in its own region', async () => {
    await group().isReadOnly();
    expect(services.heard).toMatchObject([
      {
        what: 'DescribeDBParameters',
        region: 'us-east-1',
        fields: { DBParameterGroupName: GROUP, Source: 'user' },
      },
    ]);
  });

  test.each([
    ['where it says so', parameters({ default_transaction_read_only: '1' }), true],
    [
      'where it says so among others',
      parameters({ 'rds.force_ssl': '0', default_transaction_read_only: '1' }),
      true,
    ],
    ['not where it says otherwise', parameters({ default_transaction_read_only: '0' }), false],
    ['not where only other parameters are set', parameters({ 'rds.force_ssl': '1' }), false],
    ['not where RDS lists nothing', wellAnswered, false],
  ])('makes databases read-only %s', async (_, answer, expected) => {
    services.answer = typeof answer === 'function' ? answer : () => answer;
    expect(await group().isReadOnly()).toBe(expected);
  });

  test('is made so at once, without a restart', async () => {
    await group().makeReadOnly();
    expect(services.heard).toMatchObject([
      {
        what: 'ModifyDBParameterGroup',
        region: 'us-east-1',
        fields: {
          DBParameterGroupName: GROUP,
          'Parameters.Parameter.1.ParameterName': 'default_transaction_read_only',
          'Parameters.Parameter.1.ParameterValue': '1',
          'Parameters.Parameter.1.ApplyMethod': 'immediate',
        },
      },
    ]);
  });
});

describe('a mark', () => {
  const mark = () => createMark({ bucket: BUCKET, key: KEY });
  const asked = () => services.heard.map(({ what }) => what);

  test('is there where S3 has the object', async () => {
    answers({ status: 200 });
    expect(await mark().exists()).toBe(true);
    expect(asked()).toEqual([`HEAD /${BUCKET}/${KEY}`]);
  });

  test('is not there where S3 says so', async () => {
    answers({ status: 404 });
    expect(await mark().exists()).toBe(false);
  });

  test.each([403, 500])('is neither where S3 answers %d', async (status) => {
    answers({ status });
    await expect(mark().exists()).rejects.toThrow();
  });

  test('is written as an object', async () => {
    await mark().write();
    expect(services.heard).toMatchObject([
      { what: `PUT /${BUCKET}/${KEY}`, headers: { 'content-type': 'text/plain' }, body: 'promoted' },
    ]);
  });

  test('is taken away as one', async () => {
    await mark().remove();
    expect(asked()).toEqual([`DELETE /${BUCKET}/${KEY}`]);
  });

  test.each(['write', 'remove'] as const)('that S3 refuses to %s is an error', async (deed) => {
    answers(refusal(403, 'AccessDenied'));
    await expect(mark()[deed]()).rejects.toThrow();
  });
});

describe('a lock', () => {
  const LIFE = 16 * 60_000;
  const trouble = (status: number): Answer => ({
    status,
    body: '<Error><Code>Trouble</Code><Message>Trouble</Message></Error>',
  });
  const lock = () => createLock({ bucket: BUCKET, key: 'promotion-lock' });
  const asked = () => services.heard.map(({ what }) => what.split(' ')[0]);
  let bucket: ReturnType<typeof createBucket>;
  beforeEach(() => {
    bucket = createBucket();
    services.answer = bucket.answer;
  });

  /** Taken, and never given back. */
  const takenAndLost = async (): Promise<void> => {
    expect(await lock().take()).toBeDefined();
  };

  test('is made only where there is none', async () => {
    await lock().take();
    expect(services.heard).toMatchObject([
      {
        what: `PUT /${BUCKET}/promotion-lock`,
        headers: { 'if-none-match': '*', 'content-type': 'text/plain' },
      },
    ]);
  });

  test('is had by one of many who ask at once', async () => {
    const taken = await Promise.all(Array.from({ length: 10 }, () => lock().take()));
    expect(taken.filter((release) => release !== undefined)).toHaveLength(1);
  });

  test('that was given back may be taken again', async () => {
    const release = await lock().take();
    await release?.();
    expect(await lock().take()).toBeDefined();
  });

  test('whose holder died is nobody else’s until Lambda must have ended it', async () => {
    await takenAndLost();
    bucket.now += LIFE;
    expect(await lock().take()).toBeUndefined();
  });

  test('whose holder died is then had by one of all who ask', async () => {
    await takenAndLost();
    bucket.now += LIFE + 1_000;
    const taken = await Promise.all(Array.from({ length: 10 }, () => lock().take()));
    expect(taken.filter((release) => release !== undefined)).toHaveLength(1);
  });

  test('that was taken from a dead holder lives as long again', async () => {
    await takenAndLost();
    bucket.now += LIFE + 1_000;
    await lock().take();
    bucket.now += LIFE;
    expect(await lock().take()).toBeUndefined();
  });

  test.each([-86_400_000, 86_400_000])(
    'ends by S3’s clock, with the function’s own %d ms away from it',
    async (skew) => {
      bucket.now = Date.now() + skew;
      await takenAndLost();
      expect(await lock().take()).toBeUndefined();
      bucket.now += LIFE + 1_000;
      expect(await lock().take()).toBeDefined();
    },
  );

  test('that S3 made, whose answer was lost, is the one’s who made it', async () => {
    services.answer = (heard) => {
      const answer = bucket.answer(heard);
      const isFirst = services.heard.length === 1;
      return isFirst ? { status: 500, body: '<Error><Code>InternalError</Code></Error>' } : answer;
    };
    expect(await lock().take()).toBeDefined();
    expect(asked()).toStrictEqual(['PUT', 'PUT', 'GET']);
  });

  test('that another one makes at the same moment is the other’s', async () => {
    services.answer = (heard) =>
      heard.what.startsWith('PUT ') ? refusal(409, 'ConditionalRequestConflict') : bucket.answer(heard);
    expect(await lock().take()).toBeUndefined();
  });

  test('whose holder died is had where S3 replaced it, and the answer was lost', async () => {
    await takenAndLost();
    bucket.now += LIFE + 1_000;
    let lost = 0;
    services.answer = (heard) => {
      const answer = bucket.answer(heard);
      return heard.headers['if-match'] !== undefined && (lost += 1) === 1 ? trouble(500) : answer;
    };
    expect(await lock().take()).toBeDefined();
  });

  test.each([
    ['another one took', 412],
    ['was given back', 404],
  ])('whose holder died, and that %s meanwhile, is not had', async (_, status) => {
    await takenAndLost();
    bucket.now += LIFE + 1_000;
    services.answer = (heard) => {
      if (heard.headers['if-match'] === undefined) return bucket.answer(heard);
      if (status === 404) bucket.answer({ ...heard, what: heard.what.replace('PUT', 'DELETE') });
      return trouble(status);
    };
    expect(await lock().take()).toBeUndefined();
  });

  test.each([
    ['how old it is', 'last-modified'],
    ['what time it is', 'date'],
    ['which one it is, to replace it alone', 'etag'],
  ])('whose holder died, and of which S3 does not say %s, is another’s', async (_, header) => {
    await takenAndLost();
    bucket.now += LIFE + 1_000;
    services.answer = (heard) => {
      const answer = bucket.answer(heard);
      const headers = Object.entries(answer.headers ?? {}).filter(([name]) => name !== header);
      return heard.what.startsWith('GET ') ? { ...answer, headers: Object.fromEntries(headers) } : answer;
    };
    expect(await lock().take()).toBeUndefined();
    expect(asked()).toStrictEqual(['PUT', 'PUT', 'GET']);
  });

  test.each([403, 500, 503])('of which S3 says %d is neither had nor another’s', async (status) => {
    answers(trouble(status));
    await expect(lock().take()).rejects.toThrow();
  });

  test.each(['PUT', 'GET'])('of which S3 answers everything but a %s is neither', async (method) => {
    await takenAndLost();
    services.answer = (heard) => (heard.what.startsWith(`${method} `) ? trouble(403) : bucket.answer(heard));
    await expect(lock().take()).rejects.toThrow('Trouble');
  });
});

describe('telling', () => {
  test('reaches the topic, with a subject as long as SNS takes', async () => {
    await createNotifier(TOPIC)('s'.repeat(200), 'It is done.');
    expect(services.heard).toMatchObject([
      { what: 'Publish', fields: { TopicArn: TOPIC, Subject: 's'.repeat(100), Message: 'It is done.' } },
    ]);
  });
});

describe('a service in trouble', () => {
  test.each<readonly [string, () => Promise<unknown>]>([
    ['how an instance is', () => createInstance('replica').describe()],
    ['to promote', () => createInstance('replica').promote(7)],
    ['about a parameter group', () => createParameterGroup('us-east-1', GROUP).isReadOnly()],
    ['about a mark', () => createMark({ bucket: BUCKET, key: KEY }).exists()],
    ['for a lock', () => createLock({ bucket: BUCKET, key: KEY }).take()],
    ['to tell', () => createNotifier(TOPIC)('subject', 'message')],
  ])('is asked twice %s, and no more: an invocation has no time for it', async (_, ask) => {
    answers(refusal(500, 'InternalFailure'));
    await ask().catch(() => undefined);
    expect(services.heard).toHaveLength(2);
  });
});

describe('a service that is silent', () => {
  test('is given up after eight seconds, and an order to promote that it may have heard may be repeated', async () => {
    answers('silence');
    const start = Date.now();
    const [described, promoted, seen] = await Promise.allSettled([
      createInstance('replica').describe(),
      createInstance('replica').promote(7),
      createMark({ bucket: BUCKET, key: KEY }).exists(),
    ]);
    expect(described.status).toBe('rejected');
    expect(promoted).toMatchObject({ status: 'fulfilled', value: { kind: 'not now' } });
    expect(seen.status).toBe('rejected');
    const took = Date.now() - start;
    expect(took).toBeGreaterThan(7_900);
    expect(took).toBeLessThan(12_000);
  });
});
