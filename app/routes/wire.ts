import {
  STATUS_CODES,
  createServer,
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerResponse,
} from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { problemMessage } from './problems';

/**
 * What happens on a connection before there is a request for the routes, or when there never will be one. Node's own
 * refusals are empty; here each is a problem document, sent in its turn.
 */

/** A request that is not whole after this many ms is given up, so that slow senders cannot hold every connection. */
const REQUEST_TIMEOUT_MS = 15_000;

/** How often connections are looked at in one such time; Node's own 30 s would let a request take three times as long. */
const LOOKS_PER_TIMEOUT = 30;

/** A connection on which nothing moves for so many times the timeout is closed: a client that reads no answer holds none for ever. */
const STALLED_TIMEOUTS = 4;

/** Longer than a load balancer keeps an idle connection: it must be the one to close it. */
const KEEP_ALIVE_MS = 75_000;

/** For the framework's options. */
export interface Wire {
  /** The server is made with its limits: Node reads some of them at that moment only. */
  readonly serverFactory: (listener: RequestListener) => Server;
  readonly clientErrorHandler: (error: NodeJS.ErrnoException, socket: Socket) => void;
}

/**
 * @param answerHot is asked before the framework
 * @param requestTimeout how long a request may take to arrive, head and body, in ms; the answer is 408
 */
export function createWire(
  answerHot: (request: IncomingMessage, response: ServerResponse) => boolean,
  requestTimeout = REQUEST_TIMEOUT_MS,
): Wire {
  /** The newest answer of each connection; whatever came before it on the connection is answered first. */
  const newest = new WeakMap<Duplex, ServerResponse>();
  const ending = new WeakSet<Socket>();

  function serverFactory(listener: RequestListener): Server {
    const server = createServer(
      {
        requestTimeout,
        headersTimeout: requestTimeout,
        connectionsCheckingInterval: Math.ceil(requestTimeout / LOOKS_PER_TIMEOUT),
        keepAliveTimeout: KEEP_ALIVE_MS,
        // Refused below, with more than an empty answer.
        requireHostHeader: false,
        // Where a header comes twice, the first would count, and the second be dropped without a word.
        joinDuplicateHeaders: true,
      },
      (request, response) => {
        newest.set(request.socket, response);
        if (request.headers.host === undefined && request.httpVersion === '1.1') {
          refuse(response, 400, 'A request of HTTP/1.1 needs a Host header.');
          return;
        }
        if (!answerHot(request, response)) {
          listener(request, response);
        }
      },
    );
    server.setTimeout(STALLED_TIMEOUTS * requestTimeout);
    server.on('checkExpectation', (request: IncomingMessage, response: ServerResponse) => {
      newest.set(request.socket, response);
      refuse(response, 417, 'Only "Expect: 100-continue" is understood.');
    });
    server.on('connect', (_request: IncomingMessage, socket: Duplex) => {
      // The server has let go of the connection, and so of its errors.
      socket.on('error', () => socket.destroy());
      inTurn(socket, () => {
        socket.end(problemBytes(405, 'This server is no proxy.', { allow: 'GET, HEAD, POST, DELETE' }));
      });
    });
    return server;
  }

  /** Broken HTTP, headers too large, or a request too slow: answered after whatever came before it. */
  function clientErrorHandler(error: NodeJS.ErrnoException, socket: Socket): void {
    if (ending.has(socket)) {
      return;
    }
    ending.add(socket);
    const { status, detail } = refusalOf(error);
    const last = newest.get(socket);
    // The request that is broken has reached a route already: its body is what went wrong.
    const isItsBody = last !== undefined && !last.req.complete;
    const end = (): void => {
      if (socket.writable && error.code !== 'ECONNRESET' && !isItsBody) {
        socket.write(problemBytes(status, detail));
      }
      socket.destroySoon();
    };
    if (isItsBody && !last.headersSent && socket.writable) {
      refuse(last, status, detail);
    } else {
      inTurn(socket, end);
    }
  }

  /** Does so as soon as all that came before on the connection is answered. */
  function inTurn(socket: Duplex, act: () => void): void {
    const last = newest.get(socket);
    if (last === undefined || last.writableFinished || !socket.writable) {
      act();
    } else {
      last.once('close', act);
    }
  }

  return { serverFactory, clientErrorHandler };

  function refusalOf({ code = '' }: NodeJS.ErrnoException): {
    readonly status: number;
    readonly detail: string;
  } {
    switch (code) {
      case 'ERR_HTTP_REQUEST_TIMEOUT':
        return {
          status: 408,
          detail: `The request was not complete within ${requestTimeout / 1_000} seconds.`,
        };
      case 'HPE_HEADER_OVERFLOW':
        return { status: 431, detail: 'The head of the request is longer than 16 KiB.' };
      case 'HPE_CHUNK_EXTENSIONS_OVERFLOW':
        return { status: 413, detail: 'The extensions of the chunks are longer than 16 KiB.' };
      case 'HPE_PAUSED_H2_UPGRADE':
        return { status: 505, detail: 'This server speaks HTTP/1.1; HTTP/2 ends at the edge.' };
      default:
        return { status: 400, detail: 'The request could not be read.' };
    }
  }
}

/** Ends the connection, too: what follows on it is not known to be a request. */
function refuse(response: ServerResponse, status: number, detail: string): void {
  response.shouldKeepAlive = false;
  const { headers, body } = problemMessage(status, detail);
  response.writeHead(status, headers).end(body);
}

/** A whole answer, the last one of its connection. */
function problemBytes(status: number, detail: string, more: Readonly<Record<string, string>> = {}): string {
  const { headers, body } = problemMessage(status, detail);
  const lines = Object.entries({ ...headers, ...more, connection: 'close', date: new Date().toUTCString() });
  const head = lines.map(([name, value]) => `${name}: ${value}\r\n`).join('');
  return `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? 'Error'}\r\n${head}\r\n${body}`;
}
