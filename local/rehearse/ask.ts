/** One request to the application, as its users send them. */
import { request, type Agent, type IncomingHttpHeaders } from 'node:http';
import type { Kind } from './load';

export interface Question {
  readonly kind: Kind;
  /** Of a link that is there. */
  readonly code?: string;
  /** For a link to be made. */
  readonly url?: string;
  /** For a link to be deleted. */
  readonly adminToken?: string;
}

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export interface Way {
  readonly agent?: Agent | undefined;
  /** The address of this machine that it comes from. @default - the agent's */
  readonly localAddress?: string;
  /** In ms. */
  readonly patience: number;
}

/** A link that was deleted may lead on for a moment: whether it was longer, the ledger says. */
const RIGHT_STATUS: Readonly<Record<Kind, readonly number[]>> = {
  create: [201],
  redirect: [302],
  read: [200],
  delete: [204],
  return: [410, 302],
};

const METHODS: Readonly<Record<Kind, string>> = {
  create: 'POST',
  redirect: 'GET',
  read: 'GET',
  delete: 'DELETE',
  return: 'GET',
};

const PATHS: Readonly<Record<Kind, (code: string) => string>> = {
  create: () => '/api/links',
  redirect: (code) => `/${code}`,
  read: (code) => `/api/links/${code}`,
  delete: (code) => `/api/links/${code}`,
  return: (code) => `/${code}`,
};

/** @throws Error where no complete answer comes in time; its `code` says why. */
export function ask(
  origin: string,
  { kind, code = '', url, adminToken }: Question,
  { patience, ...way }: Way,
): Promise<Answer> {
  const body = url === undefined ? undefined : JSON.stringify({ url });
  return new Promise((resolve, reject) => {
    const sent = request(
      origin + PATHS[kind](code),
      {
        ...(way.agent === undefined ? {} : { agent: way.agent }),
        ...(way.localAddress === undefined ? {} : { localAddress: way.localAddress }),
        method: METHODS[kind],
        headers: {
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
          ...(adminToken === undefined ? {} : { authorization: `Bearer ${adminToken}` }),
        },
      },
      (message) => {
        let text = '';
        message.setEncoding('utf8');
        message.on('data', (chunk: string) => {
          text += chunk;
        });
        message.on('end', () => {
          clearTimeout(timer);
          resolve({ status: message.statusCode ?? 0, headers: message.headers, body: text });
        });
        message.on('error', reject);
      },
    );
    const timer = setTimeout(
      () => {
        sent.destroy(Object.assign(new Error('No answer came in time.'), { code: 'no answer' }));
      },
      Math.max(0, patience),
    );
    sent.on('error', (error) => {
      clearTimeout(timer);
      reject(error);
    });
    sent.end(body);
  });
}

export function isRight(kind: Kind, { status }: Answer): boolean {
  return RIGHT_STATUS[kind].includes(status);
}

/** The code of the link that was made; undefined where none was. */
export function madeCode(answer: Answer): string | undefined {
  if (!isRight('create', answer)) {
    return undefined;
  }
  const link: unknown = JSON.parse(answer.body);
  return typeof link === 'object' && link !== null && 'code' in link && typeof link.code === 'string'
    ? link.code
    : undefined;
}
