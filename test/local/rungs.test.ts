/**
 * Rungs as `npm start` runs them, one start for several tests: the lowest, those where most is added, and the one with
 * everything. The others are started, in the same way but for the command line, by rehearse/rehearse.test.ts.
 */
import { request } from 'node:http';
import { type Place, type Runner, newPlace } from './runner';
import { running, until } from './support';

jest.setTimeout(120_000);

interface Answer {
  readonly status: number;
  readonly location: string | undefined;
  readonly body: string;
  /** Which parts it has asked, as it says. */
  readonly path: string;
}

const PARTS: Readonly<Record<number, string>> = {
  1: 'server-1',
  3: 'load-balancer server-1 server-2 server-3 primary',
  5: 'load-balancer server-1 server-2 server-3 cache primary replica-1 replica-2',
  8: `edge ${inTwo('load-balancer server-1 server-2 cache', 'worker-1 queue')}`,
};

/** The first data center has the primary and two replicas, the second one replica. */
function inTwo(before: string, after = ''): string {
  const all = (region: string, databases: string) =>
    `${before} ${databases} ${after}`
      .trim()
      .split(' ')
      .map((name) => `${region}/${name}`)
      .join(' ');
  return `${all('us-east-1', 'primary replica-1 replica-2')} ${all('eu-west-1', 'replica-1')}`;
}

let place: Place;
let runner: Runner;

function ask(path: string, body?: object): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const asked = request(
      `http://127.0.0.1:${place.port}${path}`,
      {
        method: body === undefined ? 'GET' : 'POST',
        headers: { 'content-type': 'application/json', prefer: 'server-timing' },
        agent: false,
        timeout: 5_000,
      },
      (answer) => {
        let text = '';
        answer.on('data', (chunk: Buffer) => (text += chunk.toString()));
        answer.on('end', () => {
          const { location, 'server-timing': path } = answer.headers;
          resolve({ status: answer.statusCode ?? 0, location, body: text, path: String(path) });
        });
      },
    );
    asked.on('error', reject);
    asked.on('timeout', () => asked.destroy(new Error('No answer.')));
    asked.end(body === undefined ? undefined : JSON.stringify(body));
  });
}

/** As `ask`, but a status of 0 where none answers. */
function tryToAsk(path: string, body?: object): Promise<Answer> {
  return ask(path, body).catch(() => ({ status: 0, location: undefined, body: '', path: '' }));
}

const TARGET = 'https://example.com/somewhere';

/** The code of a new link, once the rung takes it. */
async function shorten(): Promise<string> {
  let answer: Answer | undefined;
  await until(async () => {
    answer = await tryToAsk('/api/links', { url: TARGET });
    return answer.status === 201;
  });
  expect(answer?.status).toBe(201);
  return memberOf(answer?.body ?? '', 'code');
}

function memberOf(json: string, name: string): string {
  const object: unknown = JSON.parse(json);
  return String(new Map(Object.entries(object ?? {})).get(name));
}

/** Types a line, and waits for what it is answered with. */
async function order(line: string, answer: string): Promise<void> {
  runner.type(line);
  await until(() => runner.said().err.includes(answer), 60_000);
  expect(runner.said().err).toContain(answer);
}

async function nothingIsLeft(): Promise<void> {
  await until(() => place.left().length === 0);
  expect(place.left()).toEqual([]);
}

function describeStage(stage: number, more: () => void): void {
  describe(`stage ${stage}`, () => {
    beforeAll(async () => {
      place = await newPlace();
      runner = await place.start('--stage', String(stage), '--temporary');
    });

    afterAll(() => place.end());

    test('consists of the rung’s parts, each a process of its own', () => {
      const { parts } = runner.report;
      expect(parts.map(({ name }) => name).join(' ')).toBe(PARTS[stage]);
      expect(running(parts.map(({ pid }) => pid))).toHaveLength(parts.length);
    });

    test('serves the page, and leads on who follows a link that was made there', async () => {
      expect((await ask('/')).body).toContain('<html');
      const code = await shorten();
      expect(await ask(`/${code}`)).toMatchObject({ status: 302, location: TARGET });
    });

    more();
  });
}

function endsBy(signal: NodeJS.Signals): void {
  test(`leaves no process and no file at ${signal}`, async () => {
    runner.child.kill(signal);
    const { code } = await runner.ended;
    await nothingIsLeft();
    expect(code).toBe(signal === 'SIGKILL' ? null : 0);
  });
}

describeStage(1, () => {
  endsBy('SIGINT');
});

describeStage(3, () => {
  test('does what is typed: what is killed is gone, and what is healed is back', async () => {
    const pidOf = (name: string) => runner.report.parts.find((part) => part.name === name)?.pid ?? 0;
    await order('kill server-2', 'server-2 is killed.');
    expect(running([pidOf('server-2')])).toEqual([]);
    await order('heal server-2', 'server-2 is ready again.');
    await order('kill server-9', 'There is no part “server-9” here.');
    await order('promote primary', 'no replica, so it cannot be promoted.');
  });

  test('prints one JSON document on standard output, and nothing else', () => {
    expect(JSON.parse(runner.said().out)).toEqual(runner.report);
  });

  endsBy('SIGTERM');
});

describeStage(5, () => {
  test('goes on with its cache frozen', async () => {
    await order('freeze cache', 'cache is frozen.');
    const code = await shorten();
    expect((await ask(`/${code}`)).status).toBe(302);
  });

  endsBy('SIGHUP');
});

describeStage(8, () => {
  test('counts a click that went through the queue', async () => {
    const code = await shorten();
    await ask(`/${code}`);
    const clicks = async () => memberOf((await ask(`/api/links/${code}`)).body, 'clicks');
    await until(async () => (await clicks()) === '1');
    expect(await clicks()).toBe('1');
  });

  test('refuses with a sentence what its queue cannot suffer', async () => {
    const refusal = 'no queue of RabbitMQ; npm start -- --queue rabbitmq has one.';
    await order('fill us-east-1/queue', refusal);
    expect(runner.said().err).toContain(refusal);
  });

  test('goes on in the second data center with the first one killed and the second promoted', async () => {
    const code = await shorten();
    await order('kill us-east-1', 'us-east-1 is killed.');
    let answer = await tryToAsk(`/${code}`);
    await until(async () => (answer = await tryToAsk(`/${code}`)).status === 302);
    expect(answer.path).toMatch(/region;desc="?eu-west-1.*db;desc=replica-1/);
    await order('promote eu-west-1/replica-1', 'eu-west-1/replica-1 is promoted.');
    expect((await ask(`/${await shorten()}`)).status).toBe(302);
  });

  endsBy('SIGKILL');
});
