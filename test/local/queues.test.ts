/** Rung 8 as `npm start -- --queue KIND` runs it, with what only that kind of queue may suffer. */
import { type Place, type Runner, newPlace } from './runner';
import { until } from './support';

jest.setTimeout(120_000);

/** What only this kind may suffer, as it is typed. */
const KINDS = [
  ['rabbitmq', 'fill queue', 'queue is full.'],
  ['kafka', 'lose queue', 'queue has lost a leader.'],
] as const;

const PARTS =
  'edge load-balancer server-1 server-2 server-3 cache primary replica-1 replica-2 worker-1 worker-2 queue';

describe.each(KINDS)('stage 8 with %s', (queue, fault, broken) => {
  let place: Place;
  let runner: Runner;
  let code = '';

  beforeAll(async () => {
    place = await newPlace();
    runner = await place.start('--stage', '8', '--queue', queue, '--temporary');
    const { json } = await ask('/api/links', { url: 'https://example.com/somewhere' });
    code = String(json['code']);
  });

  afterAll(() => place.end());

  async function ask(path: string, body?: object) {
    const response = await fetch(`http://127.0.0.1:${place.port}${path}`, {
      ...(body !== undefined && { method: 'POST', body: JSON.stringify(body) }),
      headers: { 'content-type': 'application/json', prefer: 'server-timing' },
      redirect: 'manual',
    });
    const text = await response.text();
    // eslint-disable-next-line @typescript-eslint/consistent-type-assertions -- the API's own answer
    const json = JSON.parse(text === '' ? '{}' : text) as Readonly<Record<string, unknown>>;
    return { status: response.status, path: response.headers.get('server-timing'), json };
  }

  async function clicks(): Promise<unknown> {
    return (await ask(`/api/links/${code}`)).json['clicks'];
  }

  async function order(line: string, answer: string): Promise<void> {
    runner.type(line);
    await until(() => runner.said().err.includes(answer), 60_000);
    expect(runner.said().err).toContain(answer);
  }

  test('has one data center, with every part of it', () => {
    expect(runner.report.parts.map(({ name }) => name).join(' ')).toBe(PARTS);
    expect(runner.report.queue).toBe(queue);
  });

  test('counts a click that went through the queue, which the redirect names', async () => {
    const { status, path } = await ask(`/${code}`);
    await until(async () => (await clicks()) === 1);
    expect({ status, clicks: await clicks() }).toEqual({ status: 302, clicks: 1 });
    expect(path).toMatch(new RegExp(`queue;desc=${queue}$`));
  });

  test(`leads on after “${fault}”, and counts those clicks once that is over`, async () => {
    await order(fault, broken);
    const began = performance.now();
    const { status } = await ask(`/${code}`);
    const took = performance.now() - began;
    await order('thaw queue', 'queue goes on.');
    await until(async () => (await clicks()) === 2);
    expect({ status, clicks: await clicks() }).toEqual({ status: 302, clicks: 2 });
    expect(took).toBeLessThan(1_000);
  });

  test('leaves no process and no file', async () => {
    runner.child.kill('SIGTERM');
    await runner.ended;
    await until(() => place.left().length === 0);
    expect(place.left()).toEqual([]);
  });
});
