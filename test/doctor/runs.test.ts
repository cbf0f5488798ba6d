/** Whole runs of `npm run doctor`, before accounts that speak AWS's own wire formats, and before none. */
import { readdirSync } from 'node:fs';
import { DOMAIN } from '../support/rungs';
import { HEALTHY, NEW_AND_TRIED } from './account';
import { endOf, newProject, npmRunDoctor, type Project, runByNpm } from './command';
import { startStandIn } from './stand-in';

/** A text that has this in it; Jest types its own as any. */
const containing = (text: string): unknown => expect.stringContaining(text);

interface Line {
  readonly question: string;
  readonly place: string;
  readonly verdict: string;
  readonly found: string;
  readonly needed?: string;
  readonly mend?: string;
}

/** The lines of a report as data. */
function lines(out: string): readonly Line[] {
  // eslint-disable-next-line @typescript-eslint/consistent-type-assertions -- the command's own JSON
  return (JSON.parse(out) as { lines: readonly Line[] }).lines;
}

/** A line of the report for people, without the room between its columns. */
function linesOf(out: string): readonly string[] {
  return out.split('\n').map((line) => line.replace(/\s+/g, ' ').trim());
}

let project: Project;
beforeAll(() => {
  project = newProject({ stage: '8', ...DOMAIN });
});
afterAll(() => {
  project.remove();
});

test('an account that carries the highest rung is told so, as data, and the command ends with 0', async () => {
  const { code, out } = await npmRunDoctor(
    HEALTHY,
    '--json',
    '-c',
    'stage=8',
    ...Object.entries(DOMAIN).flatMap(([key, value]) => ['-c', `${key}=${value}`]),
  );
  expect(lines(out).filter(({ verdict }) => verdict !== 'ok')).toEqual([]);
  expect(JSON.parse(out)).toMatchObject({ account: HEALTHY.number, stage: 8, carries: true });
  expect(new Set(lines(out).map(({ place }) => place))).toEqual(
    new Set(['account', 'us-east-1', 'eu-west-1']),
  );
  expect(code).toBe(0);
});

describe('a new account after a first try', () => {
  let run: Awaited<ReturnType<Project['run']>>;
  beforeAll(async () => {
    run = await project.run(NEW_AND_TRIED);
  });

  test.each([
    'bootstrap not bootstrapped (needed: version 6 or later)',
    'hosted zone DNS names ns1.registrar.example',
    'records links.example.com has another A record',
    'stacks zero-to-million-us-east-1-data is in ROLLBACK_COMPLETE',
    'stacks zero-to-million-us-east-1-app is in UPDATE_ROLLBACK_FAILED',
    'leftovers a secret zero-to-million-origin-1 is there',
    'zones us-east-1a (use1-az3) has no t4g.small',
    'vCPUs 5 allowed, 0 in use (needed: 14 more',
    'networks 5 allowed, 5 in use (needed: 1 more',
    'fixed addresses 5 allowed, 5 in use (needed: 2 more',
  ])('is told: ✗ %s', (expected) => {
    expect(linesOf(run.out).some((line) => line.startsWith(`✗ ${expected}`))).toBe(true);
  });

  test('is told with each ✗ what mends it', () => {
    const said = linesOf(run.out);
    const places = said.flatMap((line, place) => (line.startsWith('✗') ? [place] : []));
    expect(places.length).toBeGreaterThan(10);
    expect(places.filter((place) => said[place + 1]?.startsWith('→ ') !== true)).toEqual([]);
  });

  test('is asked in each of its regions', () => {
    expect(linesOf(run.out).filter((line) => line.startsWith('✗ vCPUs'))).toHaveLength(2);
  });

  test('is told that CloudFront may not be open to it, which cannot be asked', () => {
    expect(linesOf(run.out).some((line) => line.startsWith('? CloudFront could not be asked'))).toBe(true);
  });

  test('makes the command end with 1', () => {
    expect(run.code).toBe(1);
    expect(run.out).toMatch(/^No: \d+ stand in the way \(✗\)\. 1 could not be asked/m);
  });
});

describe('RabbitMQ, with Kafka to be emptied', () => {
  let withBrokers: Project;
  beforeAll(() => {
    withBrokers = newProject({
      stage: '8',
      without: 'data-centers',
      queue: 'rabbitmq',
      drainQueues: 'kafka',
    });
  });
  afterAll(() => {
    withBrokers.remove();
  });
  const ABOUT_BROKERS = /^(RabbitMQ|Kafka|brokers of Amazon MQ|brokers of MSK|configurations of MSK)$/;
  const aboutBrokers = (out: string): readonly Line[] =>
    lines(out).filter(({ question }) => ABOUT_BROKERS.test(question));

  test('are carried by an account that has room for them, and offers them', async () => {
    const { out } = await withBrokers.run(HEALTHY, '--json');
    expect(aboutBrokers(out)).toMatchObject([
      { question: 'brokers of Amazon MQ', found: '50 allowed, 0 in use', needed: '1 more: RabbitMQ' },
      { question: 'brokers of MSK', found: '90 allowed, 3 in use', needed: '2 more: Kafka' },
      { question: 'configurations of MSK', found: '100 allowed, 1 in use' },
      { question: 'RabbitMQ', found: 'mq.m7g.large can be had' },
      { question: 'Kafka', found: 'Kafka 3.9.x.kraft can be had' },
    ]);
    expect(lines(out).filter(({ verdict }) => verdict !== 'ok')).toEqual([]);
  });

  test('are not by one that has neither, and each ✗ comes with what mends it', async () => {
    const { out, code } = await withBrokers.run(
      {
        ...HEALTHY,
        rabbitMqTypes: ['mq.m7g.medium'],
        kafkaVersions: ['3.9.x'],
        brokers: { rabbitMq: 50, kafka: [60, 29] },
      },
      '--json',
    );
    expect(aboutBrokers(out).filter(({ verdict }) => verdict === 'wrong')).toMatchObject([
      { question: 'brokers of Amazon MQ', mend: containing('--quota-code L-4D525FD5 --desired-value 51') },
      { question: 'brokers of MSK', mend: containing('--quota-code L-EDD31C36 --desired-value 91') },
      { question: 'RabbitMQ', mend: containing('set rabbitmqInstanceType to one of: ') },
      { question: 'Kafka', mend: containing('aws kafka list-kafka-versions --region us-east-1') },
    ]);
    expect(code).toBe(1);
  });
});

test('what stands already is neither left over nor in its own way', async () => {
  const names = [
    'us-east-1/zero-to-million-origin-1',
    'eu-west-1/zero-to-million-origin-1',
    'us-east-1/zero-to-million-clicks',
  ];
  const stood = await project.run(
    {
      ...HEALTHY,
      names,
      addresses: 5,
      networks: 5,
      quotas: { ...HEALTHY.quotas, 'L-1216C47A': 14 },
      instances: [{ type: 't4g.small', vcpus: 2, stack: 'zero-to-million-us-east-1-app' }],
      distributions: ['links.example.com'],
      stacks: project.stacks('UPDATE_COMPLETE'),
      hostedZone: {
        ...HEALTHY.hostedZone,
        records: [{ name: 'links.example.com', type: 'A', value: '192.0.2.7' }],
      },
    },
    '--json',
  );
  expect(lines(stood.out).filter(({ verdict }) => verdict !== 'ok')).toEqual([]);
});

test('where nothing may be asked, each line names the permission that is missing', async () => {
  const denied = { status: 403, code: 'AccessDenied', message: 'User is not authorized' };
  const { code, out } = await project.run({ ...HEALTHY, refusal: denied }, '--json');
  const unasked = lines(out).filter(({ question }) => question !== 'credentials');
  expect(
    unasked.filter(
      ({ verdict, found }) =>
        verdict !== 'unasked' || !/the permission [a-z0-9]+:[A-Z]\w+ is missing/.test(found),
    ),
  ).toEqual([]);
  expect(new Set(unasked.map(({ question }) => question)).size).toBeGreaterThan(12);
  expect(code).toBe(0);
});

test('a service that never answers is named, and holds up none of the others', async () => {
  const { out, err, heard } = await project.run({ ...HEALTHY, silent: ['ssm'] }, '--json', '--timeout', '3');
  expect(lines(out).filter(({ verdict }) => verdict !== 'ok')).toMatchObject([
    { question: 'bootstrap', place: 'us-east-1', found: containing('ssm:GetParameter') },
    { question: 'bootstrap', place: 'eu-west-1', found: containing('no answer within 3 s') },
  ]);
  expect(heard.some(({ service }) => service === 'ssm')).toBe(true);
  // What takes longer than two seconds says what it waits for.
  expect(err).toMatch(/^… \d+ s: waiting for .+/m);
});

test('Ctrl-C ends it at once, and nothing stays behind', async () => {
  const standIn = await startStandIn({ ...HEALTHY, silent: ['ec2'] });
  try {
    const child = project.start(standIn, { TMPDIR: project.temporary });
    const ended = endOf(child);
    await standIn.asked('ec2');
    const asked = Date.now();
    child.kill('SIGINT');
    const { code, out } = await ended;
    expect(Date.now() - asked).toBeLessThan(2000);
    expect({ code, out }).toEqual({ code: 130, out: '' });
    expect(readdirSync(project.temporary).filter((name) => name.includes('doctor'))).toEqual([]);
  } finally {
    await standIn.close();
  }
});

test('an account other than the setting says is asked nothing more', async () => {
  const { code, out, heard } = await project.run(HEALTHY, '--json', '-c', 'account=210987654321');
  expect(lines(out)).toMatchObject([
    { question: 'credentials', verdict: 'wrong', needed: '210987654321, as the setting account says' },
  ]);
  expect(heard.map(({ service }) => service)).toEqual(['sts']);
  expect(code).toBe(1);
});

test('without credentials it says in one sentence what to do', async () => {
  const { code, out } = await runByNpm({});
  expect(linesOf(out)).toContainEqual(expect.stringMatching(/^✗ credentials no AWS credentials were found/));
  expect(linesOf(out)).toContainEqual(expect.stringMatching(/^→ aws sso login/));
  expect(code).toBe(1);
});

test('settings that are refused are refused in the words of cdk deploy', async () => {
  const { code, err } = await project.run(
    HEALTHY,
    '-c',
    'stage=8',
    '-c',
    'without=load-balancer',
    '-c',
    'replica=3',
  );
  expect(err).toMatch(/^replica: There is no such setting\..*Did you mean "replicas"\?$/m);
  expect(err).toMatch(/^stage: load-balancer cannot be left out while cdn is there/m);
  expect(code).toBe(1);
});

test('an option that there is not is refused by its name', async () => {
  const { code, err } = await project.run(HEALTHY, '--profil', 'x');
  expect(err).toMatch(/Unknown option '--profil'.*Did you mean --profile\?/);
  expect(code).toBe(2);
});
