/** The way into MSK: TLS, IAM's token, topics. librdkafka's mock cluster knows none of them; a broker of these alone stands in. */
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { openKafkaSender } from '../../../app/adapters/queue/kafka';
import type { KafkaAddress } from '../../../contract/click-queue';
import { signatureOf } from '../../contract/signature';
import { temporaryFolder } from '../../app/support';
import { makeCertificate } from '../../support/certificate';
import { startBroker, type Broker } from './msk';
import { BY_TSX } from '../../support/runtime';

const SECRET = 'secret-of-a-test';
const folder = temporaryFolder();
const { key, certificate } = makeCertificate(folder.path, 'broker');
let broker: Broker;

beforeAll(async () => {
  broker = await startBroker({ key: readFileSync(key, 'utf8'), cert: readFileSync(certificate, 'utf8') });
});

afterAll(async () => {
  await broker.close();
  folder.remove();
});

function address(host: string): KafkaAddress {
  return { kind: 'kafka', brokers: [{ host, port: broker.port }], topic: 'clicks', iamRegion: 'eu-west-1' };
}

/** Makes the topics as a worker does at its start, in a process that trusts the broker's authority; resolves with what it says. */
async function createTopics(host: string): Promise<readonly string[]> {
  const script = `
    const { openKafka } = require('./contract/kafka');
    const { createTopics } = require('./server/click-worker/kafka-topics');
    const say = (fields) => console.log(JSON.stringify(fields));
    openKafka(${JSON.stringify(address(host))}, { connectTimeout: 5_000, requestTimeout: 5_000 }, say)
      .then(({ client, library }) => createTopics(client, library, ['clicks', 'clicks-dead-letters']))
      .then(() => say('made'), (error) => say(error.message));
  `;
  const { stdout } = await promisify(execFile)(process.execPath, [...BY_TSX, '-e', script], {
    cwd: join(__dirname, '../../..'),
    env: {
      PATH: process.env['PATH'],
      NODE_EXTRA_CA_CERTS: certificate,
      AWS_ACCESS_KEY_ID: 'AKIATEST',
      AWS_SECRET_ACCESS_KEY: SECRET,
    },
  });
  return stdout.trim().split('\n');
}

describe('Kafka with IAM', () => {
  test('is sent nothing where no authority that is known has signed its certificate', async () => {
    const sender = await openKafkaSender(address('localhost'));
    await expect(sender.send(['{}'])).rejects.toThrow('No seed brokers found');
    sender.close();
    expect(broker.logins).toEqual([]);
  });

  test('is sent nothing where the certificate is for another name', async () => {
    const said = await createTopics('127.0.0.1');
    expect(said[0]).toMatch(/IP: 127\.0\.0\.1 is not in the cert's list/);
    expect(said.at(-1)).toBe('"No seed brokers found"');
    expect(broker.logins).toEqual([]);
  });

  describe('over TLS', () => {
    let said: readonly string[];
    beforeAll(async () => {
      said = await createTopics('localhost');
    });

    test('is logged in to by a token that IAM would take, on each connection before anything else', () => {
      expect(broker.logins.length).toBeGreaterThanOrEqual(2);
      broker.logins.forEach(({ mechanism, sent }) => {
        expect(mechanism).toBe('OAUTHBEARER');
        const [, token = ''] = /^n,,\x01auth=Bearer ([\w-]+)\x01\x01$/.exec(sent) ?? [];
        const url = new URL(Buffer.from(token, 'base64url').toString());
        expect(url.host).toBe('kafka.eu-west-1.amazonaws.com');
        expect(url.searchParams.get('Action')).toBe('kafka-cluster:Connect');
        expect(url.searchParams.get('X-Amz-Signature')).toBe(signatureOf(url, SECRET));
      });
      expect(broker.early).toEqual([]);
    });

    test('gets both topics, of twelve partitions, for 14 days, as often copied as the cluster says', () => {
      expect(said).toEqual(['"made"']);
      const asked = {
        partitions: 12,
        replicationFactor: -1,
        assignments: 0,
        configs: { 'retention.ms': String(14 * 24 * 3_600_000) },
      };
      expect(broker.topics).toEqual([
        { ...asked, name: 'clicks' },
        { ...asked, name: 'clicks-dead-letters' },
      ]);
    });

    test('keeps the topics that are there', async () => {
      expect(await createTopics('localhost')).toEqual(['"made"']);
      expect(broker.topics).toHaveLength(2);
    });
  });
});
