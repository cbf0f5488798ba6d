import { once } from 'node:events';
import { readdirSync, statSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startRabbitMq, type RabbitMq } from '../../local/parts/rabbitmq';
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
  const [answer] = (await once(socket, 'data')) as unknown[];
  socket.destroy();
  return answer instanceof Buffer ? answer[0] : undefined;
}

describe('a RabbitMQ on this machine', () => {
  test('speaks AMQP 0-9-1, on 127.0.0.1 only', async () => {
    expect(await greet()).toBe(METHOD);
    await expect(reach('127.0.0.2')).rejects.toThrow();
  });

  test('has no other user than its URL names', async () => {
    const { username } = new URL(rabbit.url);
    expect((await rabbit.command('list_users')).split('\n').slice(1)).toEqual([`${username}\t[]`]);
  });

  test('shows its cookie to its own user only', () => {
    const folders = readdirSync(tmpdir()).filter((name) => name.startsWith('zero-to-million-rabbitmq-'));
    const modes = folders.map((name) => statSync(join(tmpdir(), name, 'home/.erlang.cookie')).mode & 0o777);
    expect(modes).toEqual([0o400]);
  });

  test('accepts connections while frozen and answers none, until it is thawed', async () => {
    await rabbit.freeze();
    const answer = greet();
    expect(await settles(answer, 300)).toBe(false);
    await rabbit.thaw();
    expect(await answer).toBe(METHOD);
  });

  test('blocks publishers while its disk is said to be full', async () => {
    const alarms = () => rabbit.command('eval', 'rabbit_alarm:get_alarms().');
    await rabbit.fillDisk();
    expect(await alarms()).toMatch(/resource_limit,disk/);
    await rabbit.emptyDisk();
  });

  test('refuses connections once killed, and comes back on the same port with what it had', async () => {
    await rabbit.command('add_vhost', 'kept');
    await rabbit.kill();
    await expect(greet()).rejects.toThrow('ECONNREFUSED');
    await rabbit.restart();
    expect(await rabbit.command('list_vhosts')).toMatch(/^kept$/m);
  });

  test('leaves no process once stopped, its port mapper among them', async () => {
    const processes = familyOf(rabbit.pid);
    await rabbit.stop();
    await until(() => running(processes).length === 0);
    expect(processes).toHaveLength(3);
    expect(running(processes)).toEqual([]);
  });
});
