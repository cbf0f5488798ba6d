/** A real broker for all: with what every queue must keep, and with what only RabbitMQ has, TLS and a password. */
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync } from 'node:fs';
import { createServer as createHttpServer, type Server as HttpServer } from 'node:http';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { openRabbitMqSender } from '../../../app/adapters/queue/rabbitmq';
import { MAX_DELIVERIES, QUEUE_NAME, type RabbitMqAddress } from '../../../contract/click-queue';
import { encodeClickMessage } from '../../../contract/click-message';
import type { Postgres } from '../../../local/parts/postgres';
import { LOCAL_CREDENTIALS } from '../../../local/parts/queue';
import { startRabbitMq, type RabbitMq } from '../../../local/parts/rabbitmq';
import { freePort } from '../../../local/parts/ports';
import type { Part } from '../../../local/parts/supervised';
import { startWorker } from '../../../local/parts/worker';
import { createRabbitMqReader } from '../../../server/click-worker/rabbitmq';
import { silent, startServer, temporaryFolder, type ServerProcess } from '../../app/support';
import { countedIn, openDatabase } from '../../lambda/click-worker/exactness';
import { codeOf, eventually, newClick } from '../../lambda/click-worker/support';
import { makeCertificate } from '../../support/certificate';
import { openRabbitQueue } from './queues';
import { keepsItsPromises, LINKS } from './suite';
import { BY_TSX } from '../../support/runtime';

const folder = temporaryFolder();
const { key, certificate } = makeCertificate(folder.path, 'broker');

let rabbit: RabbitMq;
let tlsPort: number;
let database: Postgres;
let queue: Awaited<ReturnType<typeof openRabbitQueue>>;

beforeAll(async () => {
  // The broker runs as nobody where the test runs as root.
  chmodSync(folder.path, 0o755);
  chmodSync(key, 0o644);
  tlsPort = await freePort();
  [rabbit, database] = await Promise.all([
    startRabbitMq({
      settings: {
        'listeners.ssl.1': `127.0.0.1:${tlsPort}`,
        'ssl_options.certfile': certificate,
        'ssl_options.keyfile': key,
      },
    }),
    openDatabase(LINKS),
  ]);
  queue = await openRabbitQueue(rabbit.url);
});

afterAll(async () => {
  await queue.close();
  await Promise.all([rabbit.stop(), database.stop()]);
  folder.remove();
});

describe('RabbitMQ', () => {
  keepsItsPromises({
    queue: () => queue,
    database: () => database,
    reader: () => createRabbitMqReader({ kind: 'rabbitmq', url: rabbit.url, isEncrypted: false }, undefined),
    // Each would bring the messages nearer to the dead-letter queue.
    returns: MAX_DELIVERIES + 1,
    faults: [
      { name: 'frozen', begin: () => rabbit.freeze(), end: () => rabbit.thaw() },
      { name: 'killed', begin: () => rabbit.kill(), end: () => rabbit.restart() },
      { name: 'without room on its disk', begin: () => rabbit.fillDisk(), end: () => rabbit.emptyDisk() },
    ],
  });
});

test('a worker declares the queue again that its broker has lost, and counts what comes then', async () => {
  const worker = await startWorker({ DATABASE_URL: database.url, CLICK_QUEUE_URL: rabbit.url });
  const before = await countedIn(database);
  await rabbit.command('delete_queue', QUEUE_NAME);
  await eventually(() =>
    queue.left().then(
      () => true,
      () => false,
    ),
  );
  await queue.sendAll([encodeClickMessage([newClick(codeOf(0))])]);
  await eventually(async () => (await countedIn(database)) === before + 1);
  await worker.stop();
  expect(await queue.left()).toBe(0);
});

function overTls(host: string): RabbitMqAddress {
  const url = new URL(rabbit.url.replace('amqp:', 'amqps:'));
  url.hostname = host;
  url.port = String(tlsPort);
  return { kind: 'rabbitmq', url: url.href, isEncrypted: true };
}

const nothing = {
  hold: () => Promise.resolve({ poison: [], left: [] }),
  log: silent,
  signal: new AbortController().signal,
};

describe('RabbitMQ over TLS', () => {
  test('is refused by application and worker where no authority that they know has signed', async () => {
    const address = overTls('localhost');
    await expect(openRabbitMqSender(address, undefined)).rejects.toThrow(/self-signed certificate/);
    await expect(createRabbitMqReader(address, undefined)(nothing)).rejects.toThrow(
      /self-signed certificate/,
    );
  });

  test('is refused by both where the certificate is for another name', async () => {
    // A process of its own: Node learns at its start which authorities to trust.
    const script = `
      const { openRabbitMqSender } = require('./app/adapters/queue/rabbitmq');
      const { createRabbitMqReader } = require('./server/click-worker/rabbitmq');
      const address = ${JSON.stringify(overTls('127.0.0.1'))};
      const say = (error) => console.log(error.message);
      openRabbitMqSender(address).then(console.log, say)
        .then(() => createRabbitMqReader(address)({}).then(console.log, say));
    `;
    const { stdout } = await promisify(execFile)(process.execPath, [...BY_TSX, '-e', script], {
      cwd: join(__dirname, '../../..'),
      env: { ...process.env, NODE_EXTRA_CA_CERTS: certificate },
    });
    expect(stdout.trim().split('\n')).toEqual([
      expect.stringMatching(/IP: 127\.0\.0\.1 is not in the cert's list/),
      expect.stringMatching(/IP: 127\.0\.0\.1 is not in the cert's list/),
    ]);
  });

  describe('with its password in a secret', () => {
    const credentials = { username: '', password: '' };
    let fetches = 0;
    let secrets: HttpServer;
    let way: Server;
    const connections = new Set<Socket>();
    let opened = 0;
    let server: ServerProcess;
    let worker: Part;

    beforeAll(async () => {
      const { username, password } = new URL(rabbit.url);
      Object.assign(credentials, { username, password });
      secrets = createHttpServer((_request, response) => {
        fetches += 1;
        response.setHeader('content-type', 'application/x-amz-json-1.1');
        response.end(JSON.stringify({ SecretString: JSON.stringify(credentials) }));
      }).listen(0, '127.0.0.1');
      // Between them and the broker, so that connections can be cut.
      way = createServer((client) => {
        const broker = connect(tlsPort, '127.0.0.1');
        opened += 1;
        connections.add(client);
        client.on('error', () => undefined).pipe(broker);
        broker.on('error', () => undefined).pipe(client);
        client.on('close', () => broker.destroy());
        broker.on('close', () => client.destroy());
      }).listen(0, '127.0.0.1');
      await Promise.all([once(secrets, 'listening'), once(way, 'listening')]);
      const settings = {
        DATABASE_URL: database.url,
        CLICK_QUEUE_URL: `amqps://localhost:${portOf(way)}`,
        CLICK_QUEUE_SECRET_ARN: 'arn:aws:secretsmanager:us-east-1:123456789012:secret:rabbitmq-AbCdEf',
        AWS_ENDPOINT_URL_SECRETS_MANAGER: `http://127.0.0.1:${portOf(secrets)}`,
        NODE_EXTRA_CA_CERTS: certificate,
      };
      [server, worker] = await Promise.all([
        startServer({ ...LOCAL_CREDENTIALS, ...settings }),
        startWorker({ ...settings }),
      ]);
    });

    afterAll(async () => {
      server.child.kill('SIGKILL');
      await worker.stop();
      secrets.close();
      way.close();
    });

    /** Each of some links once. */
    async function click(links: number): Promise<void> {
      for (let index = 0; index < links; index += 1) {
        const { status } = await fetch(`${server.url}/${codeOf(index)}`, { redirect: 'manual' });
        expect(status).toBe(302);
      }
    }

    test('open connections outlive a change of it, the next ones take the new one, and each click counts once', async () => {
      const before = await countedIn(database);
      const counted = (clicks: number) =>
        eventually(async () => (await countedIn(database)) === before + clicks);
      await click(10);
      await counted(10);
      expect(opened).toBe(2);

      await rabbit.command('change_password', credentials.username, 'second password');
      credentials.password = 'second password';
      await click(10);
      await counted(20);
      expect(opened).toBe(2);
      expect(fetches).toBe(2);
      await expect(
        openRabbitMqSender({ kind: 'rabbitmq', url: rabbit.url, isEncrypted: false }, undefined),
      ).rejects.toThrow(/ACCESS_REFUSED/);

      connections.forEach((connection) => connection.destroy());
      await click(10);
      await counted(30);
      expect(opened).toBe(4);
      expect(fetches).toBe(4);
      expect(await queue.left()).toBe(0);
    });
  });
});

function portOf(server: Server | HttpServer): number {
  // eslint-disable-next-line @typescript-eslint/consistent-type-assertions -- it listens on TCP
  return (server.address() as AddressInfo).port;
}
