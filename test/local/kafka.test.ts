import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { KCAT, locate } from '../../local/machine';
import { startKafka, type Kafka } from '../../local/parts/kafka';
import { send, waitingIn } from '../../local/rehearse/queue';
import { familyOf, running, settles, until } from './support';

let kafka: Kafka;

// One for all: none is harmed for good.
beforeAll(async () => {
  kafka = await startKafka();
});

afterAll(() => kafka.stop());

/** Runs Kafka's own client; resolves with what it prints. */
async function client(...words: readonly string[]): Promise<string> {
  const { stdout } = await promisify(execFile)(locate(KCAT), ['-b', kafka.brokers.join(','), ...words]);
  return stdout;
}

/** Sends this file's lines, each of which is a message. */
async function produce(): Promise<void> {
  await client('-P', '-t', 'clicks', '-X', 'enable.idempotence=true', '-l', __filename);
}

/** How many messages there are. */
async function consume(): Promise<number> {
  return (await client('-C', '-t', 'clicks', '-e', '-q')).split('\n').filter(Boolean).length;
}

interface Metadata {
  readonly brokers: readonly { readonly name: string }[];
  readonly topics: readonly { readonly partitions: readonly unknown[] }[];
}

async function metadata(): Promise<Metadata> {
  // eslint-disable-next-line @typescript-eslint/consistent-type-assertions -- kcat's own, of this shape
  return JSON.parse(await client('-L', '-J', '-t', 'clicks')) as Metadata;
}

describe('a Kafka on this machine', () => {
  test('hands out what it was given, from brokers that each lead to all', async () => {
    await produce();
    expect(await consume()).toBeGreaterThan(50);
    const { brokers, topics } = await metadata();
    expect(brokers.map(({ name }) => name)).toEqual(kafka.brokers);
    expect(topics[0]?.partitions).toHaveLength(4);
  });

  test('hands out nothing of what a lost leader leads, and all of it once the leader is back', async () => {
    await produce();
    const all = await consume();
    await kafka.loseLeader();
    const consumed = consume();
    expect(await settles(consumed, 500)).toBe(false);
    await kafka.returnLeader();
    expect(await consumed).toBe(all);
  });

  test('accepts connections while frozen and answers none, until it is thawed', async () => {
    await kafka.freeze();
    const asked = metadata();
    expect(await settles(asked, 300)).toBe(false);
    await kafka.thaw();
    expect((await asked).brokers).toHaveLength(3);
  });

  test('comes back empty on the same ports after it was killed', async () => {
    const before = await waitingIn(kafka);
    await send(kafka, ['forgotten', 'forgotten, too']);
    expect(await waitingIn(kafka)).toBe(before + 2);
    const processes = familyOf(kafka.pid);
    await kafka.kill();
    await until(() => running(processes).length === 0);
    expect(processes).toHaveLength(2);
    expect(running(processes)).toEqual([]);
    await kafka.restart();
    expect((await metadata()).brokers.map(({ name }) => name)).toEqual(kafka.brokers);
    expect(await waitingIn(kafka)).toBe(0);
  });
});
