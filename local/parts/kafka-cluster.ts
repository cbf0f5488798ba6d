/**
 * The process behind `startKafka`: kcat, which holds librdkafka's mock cluster for as long as its input is open, and a relay
 * before each of its brokers. The mock takes any ports that are free; a relay has the same one after each start, and says it
 * in the place of the broker's wherever a broker says where brokers are.
 */
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { createInterface } from 'node:readline';
import { pipeline } from 'node:stream';
import { promisify } from 'node:util';

const { KCAT = '', PORTS = '', TOPIC = '' } = process.env;

/** How a broker's address is written in an answer: the host as text, the port as a number of 32 bits. */
const HOST = Buffer.from('127.0.0.1');

async function main(): Promise<void> {
  const ports = PORTS.split(',').map(Number);
  const brokers = await startMock(ports.length);
  const addresses = new Map(brokers.map((broker, index) => [broker, ports[index] ?? 0]));
  const relays = await Promise.all(
    [...addresses].map(([broker, port]) =>
      startRelay(broker, port, (answer) => readdress(answer, addresses)),
    ),
  );
  let away: Relay | undefined;
  process.on('SIGUSR2', () => {
    void (async () => {
      const isBack = away !== undefined;
      away?.toggle();
      away = isBack ? undefined : relays[await leaderOf(TOPIC, brokers)];
      away?.toggle();
      console.log(isBack ? 'The leader is back.' : 'The leader is away.');
    })();
  });
  console.log('The cluster is serving.');
}

/** @returns the ports of its brokers, in the order of their numbers */
async function startMock(count: number): Promise<readonly number[]> {
  const mock = spawn(
    KCAT,
    ['-P', '-b', 'none', '-t', 'kept-alive', '-X', `test.mock.num.brokers=${count}`],
    // Its input is a pipe that nothing is written to: it ends with this process, whatever that one ends by.
    { stdio: ['pipe', 'ignore', 'pipe'] },
  );
  mock.on('exit', () => {
    console.error('kcat has ended.');
    process.exit(1);
  });
  process.on('SIGTERM', () => {
    mock.kill('SIGKILL');
    process.exit(0);
  });
  const log = createInterface({ input: mock.stderr });
  log.on('line', (line) => {
    console.log(line);
  });
  const said: readonly unknown[] = await once(log, 'line');
  const [line] = said;
  return [...String(line).matchAll(/127\.0\.0\.1:(\d+)/g)].map(([, port]) => Number(port));
}

/** Of its first partition. @returns its place among the brokers */
async function leaderOf(topic: string, [broker = 0]: readonly number[]): Promise<number> {
  const { stdout } = await promisify(execFile)(KCAT, ['-L', '-J', '-b', `127.0.0.1:${broker}`, '-t', topic]);
  const [, leader = 1] = /"leader":(\d+)/.exec(stdout) ?? [];
  return Number(leader) - 1;
}

interface Relay {
  /** Ends every connection and takes no other one; or takes them again. */
  toggle(): void;
}

async function startRelay(
  broker: number,
  port: number,
  translate: (answer: Buffer) => Buffer,
): Promise<Relay> {
  const clients = new Set<Socket>();
  const relay: Server = createServer((client) => {
    const upstream = connect(broker, '127.0.0.1');
    client.setNoDelay(true);
    upstream.setNoDelay(true);
    clients.add(client);
    client.on('close', () => clients.delete(client));
    pipeline(client, upstream, () => undefined);
    pipeline(
      upstream,
      (answers) => translated(answers, translate),
      client,
      () => undefined,
    );
  });
  relay.listen(port, '127.0.0.1');
  await once(relay, 'listening');
  return {
    toggle: () => {
      if (relay.listening) {
        relay.close();
        clients.forEach((client) => client.destroy());
      } else {
        relay.listen(port, '127.0.0.1');
      }
    },
  };
}

/** Each answer begins with its length, in 4 bytes. */
async function* translated(chunks: AsyncIterable<Buffer>, translate: (answer: Buffer) => Buffer) {
  let left = Buffer.alloc(0);
  for await (const chunk of chunks) {
    left = Buffer.concat([left, chunk]);
    while (left.length >= 4 && left.length >= 4 + left.readUInt32BE()) {
      const end = 4 + left.readUInt32BE();
      yield translate(left.subarray(0, end));
      left = left.subarray(end);
    }
  }
}

/** In place, for an address is as long as any other one. */
function readdress(answer: Buffer, ports: ReadonlyMap<number, number>): Buffer {
  for (let at = answer.indexOf(HOST); at !== -1; at = answer.indexOf(HOST, at + 1)) {
    const end = at + HOST.length;
    const port = end + 4 <= answer.length ? ports.get(answer.readUInt32BE(end)) : undefined;
    if (port !== undefined) {
      answer.writeUInt32BE(port, end);
    }
  }
  return answer;
}

main().catch((error: unknown) => {
  const taken = error instanceof Error && error.message.includes('EADDRINUSE');
  console.error(taken ? 'Address already in use.' : error);
  process.exit(1);
});
