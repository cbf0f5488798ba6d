/** A client of the application, as its users are: requests over connections that carry one after the other. */
import type { IncomingHttpHeaders } from 'node:http';
import { Socket } from 'node:net';
import { Pool, buildConnector, type Dispatcher } from 'undici';
import type { Kind, Request } from './requests';

export interface Question {
  readonly kind: Kind;
  /** Of a link that is there. */
  readonly code?: string;
  /** For a link to be made. */
  readonly url?: string;
  /** For a link to be deleted. */
  readonly adminToken?: string | undefined;
  /** Of a file of the page. */
  readonly path?: string;
}

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  /** Empty, but of a link that was to be made. */
  readonly body: string;
}

export interface ClientOptions {
  /** The address of this machine that it comes from. @default - the system's choice */
  readonly localAddress?: string | undefined;
  /** Open at a time; further requests wait. @default - as many as there are requests */
  readonly connections?: number;
  /** A connection carries one request. @default false */
  readonly closing?: boolean;
}

export interface Client {
  /**
   * @param timeout in ms
   * @throws Error where no complete answer comes in time; its `code` says why
   */
  ask(question: Question, timeout: number): Promise<Answer>;
  /** All that has been received so far, headers included. */
  bytesReceived(): number;
  /** Ends its connections; what is under way fails. */
  close(): Promise<void>;
}

interface Form {
  readonly method: 'GET' | 'POST' | 'DELETE';
  readonly path: (question: Question) => string;
  readonly right: readonly number[];
}

const FORMS: Readonly<Record<Kind, Form>> = {
  create: { method: 'POST', path: () => '/api/links', right: [201] },
  redirect: { method: 'GET', path: ({ code = '' }) => `/${code}`, right: [302] },
  read: { method: 'GET', path: ({ code = '' }) => `/api/links/${code}`, right: [200] },
  delete: { method: 'DELETE', path: ({ code = '' }) => `/api/links/${code}`, right: [204] },
  // A link that was deleted may lead on for a moment: whether it was longer, the ledger says.
  return: { method: 'GET', path: ({ code = '' }) => `/${code}`, right: [410, 302] },
  page: { method: 'GET', path: () => '/', right: [200] },
  static: { method: 'GET', path: ({ path = '/' }) => path, right: [200] },
};

/** undici counts on its own, from its own moments. */
const NO_TIMEOUTS = { headersTimeout: 0, bodyTimeout: 0 };

/** None of its connections is open yet. */
export function createClient(origin: string, options: ClientOptions = {}): Client {
  const { localAddress, connections, closing = false } = options;
  const sockets = new Set<Socket>();
  let bytesOfClosed = 0;
  const connect = buildConnector({});
  const pool = new Pool(origin, {
    ...NO_TIMEOUTS,
    connections: connections ?? null,
    connect(how, callback) {
      connect({ ...how, ...(localAddress === undefined ? {} : { localAddress }) }, (...result) => {
        const [, socket] = result;
        // Where there is an error, there is nothing in its place.
        if (socket instanceof Socket) {
          sockets.add(socket);
          socket.once('close', () => {
            sockets.delete(socket);
            bytesOfClosed += socket.bytesRead;
          });
        }
        callback(...result);
      });
    },
  });
  return {
    ask: (question, timeout) => ask(pool, question, closing, timeout),
    bytesReceived: () => [...sockets].reduce((sum, { bytesRead }) => sum + bytesRead, bytesOfClosed),
    close: () => pool.destroy(),
  };
}

function ask(pool: Pool, question: Question, reset: boolean, timeout: number): Promise<Answer> {
  const { kind, url, adminToken } = question;
  const { method, path } = FORMS[kind];
  return new Promise((resolve, reject) => {
    let controller: Dispatcher.DispatchController | undefined;
    let answer: Omit<Answer, 'body'> = { status: 0, headers: {} };
    let body = '';
    let isLate = false;
    const timer = setTimeout(
      () => {
        isLate = true;
        const late = tooLate();
        controller?.abort(late);
        reject(late);
      },
      Math.max(0, timeout),
    );
    pool.dispatch(
      {
        method,
        path: path(question),
        reset,
        headers: {
          ...(url === undefined ? {} : { 'content-type': 'application/json' }),
          ...(adminToken === undefined ? {} : { authorization: `Bearer ${adminToken}` }),
          ...(kind === 'page' || kind === 'static' ? { 'accept-encoding': 'gzip' } : {}),
        },
        body: url === undefined ? null : JSON.stringify({ url }),
      },
      {
        onRequestStart(started) {
          controller = started;
          if (isLate) {
            started.abort(tooLate());
          }
        },
        onResponseStart(_, status, headers) {
          answer = { status, headers };
        },
        onResponseData(_, chunk) {
          body += kind === 'create' ? chunk.toString() : '';
        },
        onResponseEnd() {
          clearTimeout(timer);
          resolve({ ...answer, body });
        },
        onResponseError(_, error) {
          clearTimeout(timer);
          reject(error);
        },
      },
    );
  });
}

function tooLate(): Error {
  return Object.assign(new Error('No answer came in time.'), { code: 'no answer' });
}

function isRight(kind: Kind, { status }: Answer): boolean {
  return FORMS[kind].right.includes(status);
}

/** How a request ended that was answered with that. */
export function endingOf(kind: Kind, answer: Answer): Pick<Request, 'ending' | 'instead' | 'ledOn'> {
  const { status, headers } = answer;
  if (isRight(kind, answer)) {
    return { ending: 'answered', ...(kind === 'return' ? { ledOn: status !== 410 } : {}) };
  }
  const isRefusal = status === 503 && headers['retry-after'] !== undefined;
  return { ending: isRefusal ? 'refused' : 'failed', instead: String(status) };
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
