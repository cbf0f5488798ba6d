/** The cache as rung 5 has it: over TLS, with a user and a password, under a certificate that is verified. */
import { execFile, execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect, createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { REDIS, locate } from '../../../local/machine';
import { freePort } from '../../../local/parts/ports';
import { supervise, type Supervised } from '../../../local/parts/supervised';
import { makeCertificate } from '../../support/certificate';
import { BY_TSX } from '../../support/runtime';

/** A user as lib/constructs/data/cache.ts makes it on ElastiCache. */
const USER = ['app', 'on', '>secret', '~*', '&*', '+@all', '-@admin', '-@dangerous', '+info'];

const folder = mkdtempSync(join(tmpdir(), 'cache-tls-test-'));
const { key, certificate } = makeCertificate(folder, 'ca');
let server: Supervised;
let port: number;

beforeAll(async () => {
  port = await freePort();
  server = await supervise({
    name: 'Redis',
    serves: /Ready to accept connections/,
    endsAt: ['TERM'],
    command: (own) => [
      ...[locate(REDIS), '--bind', '127.0.0.1', '--port', '0', '--tls-port', String(port), '--save', ''],
      ...['--dir', own, '--tls-auth-clients', 'no', '--tls-ca-cert-file', join(own, 'ca.crt')],
      ...['--tls-cert-file', join(own, 'ca.crt'), '--tls-key-file', join(own, 'ca.key')],
      ...['--user', 'default', 'off', '--user', ...USER],
    ],
    prepare: (own) => {
      execFileSync('cp', [certificate, key, own]);
    },
  });
});

afterAll(async () => {
  await server.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** What a process reads of the cache after it has written there; it trusts the authorities that it was started with. */
async function writeAndRead(url: string, environment: Readonly<Record<string, string>>): Promise<string> {
  const script = `
    const { parseCacheUrl } = require('./app/adapters/cache/address');
    const { openCache } = require('./app/adapters/cache/valkey');
    const log = { info() {}, warn() {}, error() {} };
    openCache({ address: parseCacheUrl(${JSON.stringify(url)}), ttlSeconds: 60, log }).then(async (cache) => {
      await cache.put('abcdefg', { kind: 'link', version: 1, url: 'https://example.com/', expiresAt: Infinity }, true);
      console.log(JSON.stringify(await cache.get('abcdefg') ?? 'nothing'));
      await cache.markDeleted('abcdefg', 2);
      console.log(JSON.stringify(await cache.get('abcdefg') ?? 'nothing'));
      cache.close();
    });
  `;
  const { stdout } = await promisify(execFile)(process.execPath, [...BY_TSX, '-e', script], {
    cwd: join(__dirname, '../../..'),
    env: { ...process.env, ...environment },
  });
  return stdout;
}

test('a cache is read and written over TLS by a user who may do no more than the application needs', async () => {
  const written = await writeAndRead(`rediss://app:secret@localhost:${port}`, {
    NODE_EXTRA_CA_CERTS: certificate,
  });
  expect(written).toContain('https://example.com/');
  expect(written).not.toContain('nothing');
});

test('a cache whose certificate nobody vouches for is not used', async () => {
  expect(await writeAndRead(`rediss://app:secret@localhost:${port}`, { NODE_EXTRA_CA_CERTS: '' })).toMatch(
    /^"nothing"\n"nothing"/,
  );
});

test('a cache that refuses the password is not used', async () => {
  const written = await writeAndRead(`rediss://app:wrong@localhost:${port}`, {
    NODE_EXTRA_CA_CERTS: certificate,
  });
  expect(written).toMatch(/^"nothing"\n"nothing"/);
});

/** A record under a key that nobody has, in TLS 1.2's form: type, version, length, and 20 bytes. */
const NONSENSE = Buffer.from(`1703030014${'5a'.repeat(20)}`, 'hex');

test.each(['', '/?cluster=true'])(
  'a connection to a cache that fails twice, at its certificate and at what follows, ends no process: %j',
  async (rest) => {
    // What the server says at first, and its certificate with it, is followed in the same breath by nonsense.
    const way = createServer((client) => {
      const behind = connect(port, '127.0.0.1');
      client.on('error', () => undefined).pipe(behind);
      behind
        .on('error', () => undefined)
        .once('data', (hello: Buffer) => {
          client.end(Buffer.concat([hello, NONSENSE]));
        });
      client.on('close', () => behind.destroy());
    }).listen(0, '127.0.0.1');
    await once(way, 'listening');
    // eslint-disable-next-line @typescript-eslint/consistent-type-assertions -- it listens on TCP
    const { port: itsPort } = way.address() as AddressInfo;
    const written = await writeAndRead(`rediss://app:secret@localhost:${itsPort}${rest}`, {
      NODE_EXTRA_CA_CERTS: '',
    }).finally(() => way.close());
    expect(written).toMatch(/^"nothing"\n"nothing"/);
  },
);
