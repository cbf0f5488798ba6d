/**
 * A cluster on this machine that speaks Kafka's protocol: what `-c queue=kafka` has in place of SQS at rung 8. Neither npm
 * nor Debian has Kafka itself; Debian's kcat has the mock cluster that librdkafka, its library, is tested with. Topics come
 * into being when they are first asked about, with four partitions. All of it is in memory, which Kafka's is not: killed or
 * restarted, it comes back with no topic, no message and no group.
 */
import { join } from 'node:path';
import { KCAT, locate } from '../machine';
import { superviseNode } from './node-process';
import { freePort, onPort } from './ports';
import type { Part } from './supervised';

export interface KafkaOptions {
  /** TCP port of the first broker on 127.0.0.1; a free one by default. */
  readonly port?: number;
  /** Default 3. */
  readonly brokers?: number;
}

export interface Kafka extends Part {
  readonly queue: 'kafka';
  /** `kafka://127.0.0.1:port,127.0.0.1:port,…` */
  readonly url: string;
  /** Of its brokers: `127.0.0.1:port`. */
  readonly brokers: readonly string[];
  /** Of the first broker. */
  readonly port: number;
  /**
   * A broker that leads a part of the clicks goes away with its connections: what it leads and coordinates answers no more.
   * Kafka would soon choose others from among the rest; the mock never does, so all of it is back when the broker is.
   */
  loseLeader(): Promise<void>;
  /** Nothing where it was not lost. */
  returnLeader(): Promise<void>;
}

/**
 * Starts the cluster; resolves when its brokers take connections.
 *
 * @throws Error when kcat is not installed, or with the end of its log when it does not start.
 */
export function startKafka({ port: given, brokers: count = 3 }: KafkaOptions = {}): Promise<Kafka> {
  return onPort(given, async (port) => {
    const further = await Promise.all(Array.from({ length: count - 1 }, freePort));
    const ports = [port, ...further];
    const part = await superviseNode({
      name: 'Kafka',
      file: join(__dirname, 'kafka-cluster.ts'),
      environment: { KCAT: locate(KCAT), PORTS: ports.join(','), TOPIC: 'clicks' },
      serves: /^The cluster is serving/,
    });
    // eslint-disable-next-line @typescript-eslint/unbound-method -- it has no `this`
    const { restart } = part;
    let isLost = false;
    const lose = async (wanted: boolean) => {
      if (wanted !== isLost) {
        const done = part.logged(wanted ? /^The leader is away/ : /^The leader is back/);
        part.signal('SIGUSR2');
        await done;
        isLost = wanted;
      }
    };
    const brokers = ports.map((each) => `127.0.0.1:${each}`);
    return Object.assign(part, {
      queue: 'kafka' as const,
      url: `kafka://${brokers.join(',')}`,
      brokers,
      port,
      loseLeader: () => lose(true),
      returnLeader: () => lose(false),
      restart: async () => {
        await restart();
        isLost = false;
      },
    });
  });
}
