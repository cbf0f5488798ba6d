/**
 * A broker as MSK has it before the first message: TLS, a login by OAUTHBEARER, and topics that somebody must make. It speaks the
 * newest versions that Kafka 3.9 knows of these requests, and nothing else; what it was told is its to show.
 */
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createServer, type TLSSocket } from 'node:tls';
import { Decoder } from 'kafka-ts/dist/utils/decoder';
import { Encoder } from 'kafka-ts/dist/utils/encoder';

/** As a client asks for it. */
interface NewTopic {
  readonly name: string | null;
  readonly partitions: number;
  readonly replicationFactor: number;
  readonly assignments: number;
  readonly configs: Readonly<Record<string, string | null>>;
}

export interface Broker {
  readonly port: number;
  /** The mechanism and what was sent to log in by it, of each connection. */
  readonly logins: readonly { readonly mechanism: string | null; readonly sent: string }[];
  readonly topics: readonly NewTopic[];
  /** Requests that came before the login, of which none is answered. */
  readonly early: readonly number[];
  close(): Promise<void>;
}

const METADATA = 3;
const HANDSHAKE = 17;
const API_VERSIONS = 18;
const CREATE_TOPICS = 19;
const AUTHENTICATE = 36;

/** Key → versions from and to. */
const VERSIONS: Readonly<Record<number, readonly [number, number]>> = {
  [METADATA]: [12, 12],
  [HANDSHAKE]: [1, 1],
  [API_VERSIONS]: [0, 4],
  [CREATE_TOPICS]: [7, 7],
  [AUTHENTICATE]: [2, 2],
};

const UNKNOWN_TOPIC = 3;
const NODE = 1;

export async function startBroker(tls: { readonly key: string; readonly cert: string }): Promise<Broker> {
  const logins: { mechanism: string | null; sent: string }[] = [];
  const topics: NewTopic[] = [];
  const early: number[] = [];

  function serve(socket: TLSSocket): void {
    let unread = Buffer.alloc(0);
    let mechanism: string | null = null;
    let isIn = false;

    const answers: Readonly<Record<number, (asked: Decoder, answer: Encoder) => Encoder>> = {
      [API_VERSIONS]: (_asked, answer) =>
        answer.writeInt16(0).writeArray(Object.entries(VERSIONS), (each, [key, [from, to]]) => {
          each.writeInt16(Number(key)).writeInt16(from).writeInt16(to);
        }),
      [HANDSHAKE]: (asked, answer) => {
        mechanism = asked.readString();
        return answer.writeInt16(0).writeArray(['OAUTHBEARER'], (each, name) => each.writeString(name));
      },
      [AUTHENTICATE]: (asked, answer) => {
        isIn = true;
        logins.push({ mechanism, sent: String(asked.readCompactBytes()) });
        return answer
          .writeTagBuffer()
          .writeInt16(0)
          .writeCompactString(null)
          .writeCompactBytes(Buffer.alloc(0))
          .writeInt64(900_000n)
          .writeTagBuffer();
      },
      [METADATA]: (asked, answer) => {
        const names = asked.readCompactArray((each) => {
          each.readUUID();
          const name = each.readCompactString();
          each.readTagBuffer();
          return name;
        });
        return answer
          .writeTagBuffer()
          .writeInt32(0)
          .writeCompactArray([NODE], (each, node) =>
            each
              .writeInt32(node)
              .writeCompactString('localhost')
              .writeInt32(port())
              .writeCompactString(null)
              .writeTagBuffer(),
          )
          .writeCompactString('cluster')
          .writeInt32(NODE)
          .writeCompactArray(names, (each, name) =>
            each
              .writeInt16(topics.some((topic) => topic.name === name) ? 0 : UNKNOWN_TOPIC)
              .writeCompactString(name)
              .writeUUID(null)
              .writeBoolean(false)
              .writeCompactArray([], () => undefined)
              .writeInt32(0)
              .writeTagBuffer(),
          )
          .writeTagBuffer();
      },
      [CREATE_TOPICS]: (asked, answer) => {
        const made = asked.readCompactArray(readTopic);
        topics.push(...made);
        return answer
          .writeTagBuffer()
          .writeInt32(0)
          .writeCompactArray(made, (each, { name, partitions, replicationFactor }) =>
            each
              .writeCompactString(name)
              .writeUUID(null)
              .writeInt16(0)
              .writeCompactString(null)
              .writeInt32(partitions)
              .writeInt16(replicationFactor)
              .writeCompactArray([], () => undefined)
              .writeTagBuffer(),
          )
          .writeTagBuffer();
      },
    };

    function answer(frame: Buffer): void {
      const asked = new Decoder(frame);
      const [key, version, correlation] = [asked.readInt16(), asked.readInt16(), asked.readInt32()];
      asked.readString();
      const [from, to] = VERSIONS[key] ?? [0, -1];
      if (version < from || version > to) {
        throw new Error(`A request of kind ${key} in version ${version} is not known here.`);
      }
      if (!isIn && [METADATA, CREATE_TOPICS].includes(key)) {
        early.push(key);
        socket.destroy();
        return;
      }
      // Of these versions of these three, headers end with tags.
      if ([METADATA, CREATE_TOPICS, AUTHENTICATE].includes(key)) {
        asked.readTagBuffer();
      }
      const body = answers[key]?.(asked, new Encoder().writeInt32(correlation)).value() ?? Buffer.alloc(0);
      socket.write(Buffer.concat([new Encoder().writeInt32(body.length).value(), body]));
    }

    socket.on('error', () => undefined);
    socket.on('data', (data: Buffer) => {
      unread = Buffer.concat([unread, data]);
      while (unread.length >= 4 && unread.length >= 4 + unread.readInt32BE()) {
        const end = 4 + unread.readInt32BE();
        answer(unread.subarray(4, end));
        unread = unread.subarray(end);
      }
    });
  }

  const server = createServer(tls, serve).listen(0, '127.0.0.1');
  await once(server, 'listening');
  // eslint-disable-next-line @typescript-eslint/consistent-type-assertions -- it listens on TCP
  const port = (): number => (server.address() as AddressInfo).port;
  return {
    port: port(),
    logins,
    topics,
    early,
    async close() {
      server.close();
      await once(server, 'close');
    },
  };
}

function readTopic(asked: Decoder): NewTopic {
  const topic = {
    name: asked.readCompactString(),
    partitions: asked.readInt32(),
    replicationFactor: asked.readInt16(),
    assignments: asked.readCompactArray(() => undefined).length,
    configs: Object.fromEntries(
      asked.readCompactArray((each) => {
        const config = [each.readCompactString() ?? '', each.readCompactString()] as const;
        each.readTagBuffer();
        return config;
      }),
    ),
  };
  asked.readTagBuffer();
  return topic;
}
