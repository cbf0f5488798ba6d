import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { statSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { readQueueUrl, type RabbitMqAddress } from '../../contract/click-queue';
import { openRabbitMq, QUEUE } from '../../contract/rabbitmq';
import { startRabbitMq, type RabbitMq } from '../../local/parts/rabbitmq';
import { send, waitingIn } from '../../local/rehearse/queue';
import { familyOf, running, settles, until } from './support';

/** What a client begins with: the protocol and its version. The broker answers with a method of its own. */
const GREETING = Buffer.from([...Buffer.from('AMQP'), 0, 0, 9, 1]);
const METHOD = 1;

let rabbit: RabbitMq;

// One for all: each start takes five seconds of a processor.
beforeAll(async () => {
  rabbit = await startRabbitMq();
});

afterAll(() => rabbit.stop());

async function reach(host: string): Promise<Socket> {
  const socket = connect({ host, port: rabbit.port });
  await once(socket, 'connect');
  return socket;
}

/** Resolves with the first byte of the answer. */
async function greet(): Promise<unknown> {
  const socket = await reach('127.0.0.1');
  socket.write(GREETING);
  const said: readonly unknown[] = await once(socket, 'data');
  const [answer] = said;
  socket.destroy();
  return answer instanceof Buffer ? answer[0] : undefined;
}

function addressOf(url: string): RabbitMqAddress {
  const address = readQueueUrl(url);
  if (address?.kind !== 'rabbitmq') {
    throw new Error(url);
  }
  return address;
}

describe('a RabbitMQ on this machine', () => {
  test('speaks AMQP 0-9-1, on 127.0.0.1 only', async () => {
    expect(await greet()).toBe(METHOD);
    await expect(reach('127.0.0.2')).rejects.toThrow();
  });

  test('has no user but the one in its URL', async () => {
    const url = Object.assign(new URL(rabbit.url), { username: 'guest', password: 'guest' }).href;
    await expect(openRabbitMq(addressOf(url), undefined, () => undefined)).rejects.toThrow(/ACCESS_REFUSED/);
  });

  test('shows its cookie to its own user only', () => {
    const { stdout } = spawnSync('ps', ['eww', '-o', 'command=', '-p', String(rabbit.pid)], {
      encoding: 'utf8',
    });
    const home = [...stdout.matchAll(/ HOME=(\S*zero-to-million\S*)/g)].map(([, folder = '']) => folder);
    expect(home).toHaveLength(1);
    expect(statSync(join(home[0] ?? '', '.erlang.cookie')).mode & 0o777).toBe(0o400);
  });

  test('accepts connections while frozen and answers none, until it is thawed', async () => {
    await rabbit.freeze();
    const answer = greet();
    expect(await settles(answer, 300)).toBe(false);
    await rabbit.thaw();
    expect(await answer).toBe(METHOD);
  });

  test('refuses connections once killed, and comes back on the same port with what it had', async () => {
    const connection = await openRabbitMq(addressOf(rabbit.url), undefined, () => undefined);
    await connection.queueDeclare(QUEUE);
    connection.unsafeDestroy();
    await send(rabbit, ['kept', 'kept, too']);
    // Confirmed messages are on disk, but a queue's own name follows within the second after it was declared.
    await rabbit.command('eval', '[dets:sync(Table) || Table <- dets:all()].');
    await rabbit.kill();
    await expect(greet()).rejects.toThrow('ECONNREFUSED');
    await rabbit.restart();
    let waiting = Number.NaN;
    // The queue answers once it has found its leader, which is itself.
    await until(async () => (waiting = await waitingIn(rabbit)) === 2);
    expect(waiting).toBe(2);
  });

  test('leaves no process once stopped, its port mapper among them', async () => {
    const processes = familyOf(rabbit.pid);
    await rabbit.stop();
    await until(() => running(processes).length === 0);
    expect(processes).toHaveLength(3);
    expect(running(processes)).toEqual([]);
  });
});
