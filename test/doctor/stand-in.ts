/**
 * AWS's services on 127.0.0.1, as the SDK's clients speak to them: query and JSON requests, REST, and DNS. What does not
 * only read is refused and noted, so that a test can fail on it.
 */
import { createSocket } from 'node:dgram';
import { EventEmitter, once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import { text } from 'node:stream/consumers';
import type { Account } from './account';
import { type Answer, ANSWERS, refused } from './services';

/** One request as a service heard it. */
export interface Heard {
  /** By the name in the signature, such as `ec2`. */
  readonly service: string;
  readonly region: string;
  /** AWS's name of the operation; of REST, the method and the path. */
  readonly what: string;
  /** What was said besides. */
  readonly fields: Readonly<Record<string, unknown>>;
}

export interface StandIn {
  /** Everything that was asked. */
  readonly heard: readonly Heard[];
  /** Requests that would have changed something, or that the stand-in does not know. */
  readonly refused: readonly Heard[];
  /** What a process must have in its environment to come here. */
  readonly environment: Readonly<Record<string, string>>;
  /** Address of the DNS server. */
  readonly resolver: string;
  /** Resolves when a service is first asked. */
  asked(service: string): Promise<void>;
  close(): Promise<void>;
}

export async function startStandIn(account: Account): Promise<StandIn> {
  const heard: Heard[] = [];
  const notRead: Heard[] = [];
  const events = new EventEmitter();
  const server = createServer((request, response) => {
    void hear(request).then((one) => {
      heard.push(one);
      events.emit('heard');
      const answer = answerOf(account, one);
      if (answer === undefined) {
        notRead.push(one);
      }
      if (answer !== 'silence') {
        const { status, type, body } = answer ?? refused(one.service, 500, 'NotReading', one.what);
        response.writeHead(status, { 'content-type': type }).end(request.method === 'HEAD' ? '' : body);
      }
    });
  });
  server.listen(0, '127.0.0.1');
  const dns = createSocket('udp4', (message, from) => {
    dns.send(nameServers(message, account), from.port, from.address);
  });
  dns.bind(0, '127.0.0.1');
  await Promise.all([once(server, 'listening'), once(dns, 'listening')]);
  const address = server.address();
  return {
    heard,
    refused: notRead,
    environment: {
      AWS_ACCESS_KEY_ID: 'stand-in',
      AWS_SECRET_ACCESS_KEY: 'stand-in',
      AWS_ENDPOINT_URL: `http://127.0.0.1:${typeof address === 'object' ? String(address?.port) : ''}`,
    },
    resolver: `127.0.0.1:${dns.address().port}`,
    async asked(service) {
      while (!heard.some((one) => one.service === service)) await once(events, 'heard');
    },
    async close() {
      dns.close();
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

/** What only looks. */
const READING = /^(Describe|Get|List|(GET|HEAD) )/;

function answerOf(account: Account, one: Heard): Answer | 'silence' | undefined {
  if (!READING.test(one.what)) {
    return undefined;
  }
  if (account.silent.includes(one.service)) {
    return 'silence';
  }
  const { refusal } = account;
  return refusal !== undefined && one.service !== 'sts'
    ? refused(one.service, refusal.status, refusal.code, refusal.message)
    : ANSWERS[one.service]?.(account, one);
}

async function hear(request: IncomingMessage): Promise<Heard> {
  const body = await text(request);
  const { method = '', headers } = request;
  const url = new URL(request.url ?? '', 'http://127.0.0.1');
  const [, region = '', service = ''] =
    /\/([a-z0-9-]+)\/([a-z0-9-]+)\/aws4_request/.exec(headers.authorization ?? '') ?? [];
  const target = headers['x-amz-target'];
  const form = new URLSearchParams(body);
  const query = form.get('Action');
  if (typeof target === 'string') {
    // eslint-disable-next-line @typescript-eslint/consistent-type-assertions -- AWS's JSON requests are objects
    const fields = JSON.parse(body) as Record<string, unknown>;
    return { service, region, what: target.split('.').at(-1) ?? '', fields };
  }
  return query === null
    ? {
        service,
        region,
        what: `${method} ${decodeURIComponent(url.pathname)}`,
        fields: Object.fromEntries(url.searchParams),
      }
    : { service, region, what: query, fields: Object.fromEntries(form) };
}

/** DNS's answer to a question for name servers (RFC 1035): the question again, and a record for each. */
function nameServers(question: Buffer, account: Account): Buffer {
  const end = question.indexOf(0, 12) + 5;
  const known = nameIn(question) === account.hostedZone.name ? account.delegatedTo : [];
  const header = Buffer.from(question.subarray(0, 12));
  header.writeUInt16BE(known.length > 0 ? 0x8180 : 0x8183, 2);
  header.writeUInt16BE(1, 4);
  header.writeUInt16BE(known.length, 6);
  header.writeUInt32BE(0, 8);
  const answers = known.map((server) => {
    const labels = server.split('.').map((label) => Buffer.from([label.length, ...Buffer.from(label)]));
    const data = Buffer.concat([...labels, Buffer.from([0])]);
    // The name by a pointer to the question; type NS, class IN, a minute to live.
    return Buffer.concat([Buffer.from([0xc0, 12, 0, 2, 0, 1, 0, 0, 0, 60, 0, data.length]), data]);
  });
  return Buffer.concat([header, question.subarray(12, end), ...answers]);
}

function nameIn(question: Buffer): string {
  const labels: string[] = [];
  for (let at = 12; question[at] !== 0 && at < question.length; at += 1 + (question[at] ?? 0)) {
    labels.push(question.subarray(at + 1, at + 1 + (question[at] ?? 0)).toString());
  }
  return labels.join('.');
}
