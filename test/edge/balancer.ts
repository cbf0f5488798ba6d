import { once } from 'node:events';
import { createServer, request as ask, type IncomingHttpHeaders, type RequestListener } from 'node:http';

/** One request as it came to the load balancer. */
export interface Asked {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
}

export interface Balancer {
  /** `http://127.0.0.1:port` */
  readonly url: string;
  /** Every request so far, in order. */
  readonly asked: readonly Asked[];
  /** From now on requests go there: a deployment. Undefined: nobody is there, and each answer is 503. */
  sendTo(server: string | undefined): void;
  stop(): Promise<void>;
}

/**
 * The load balancer of rung 6 as far as a server can tell: lets in who knows the secret, appends to `X-Forwarded-For`, and
 * says by which scheme it was reached itself. CloudFront reaches it over TLS where there is a domain, so that is `https`.
 */
export async function startBalancer(secret: string): Promise<Balancer> {
  const asked: Asked[] = [];
  let server: string | undefined;
  const balance: RequestListener = (incoming, answer) => {
    const { method = '', url: path = '', headers } = incoming;
    asked.push({ method, path, headers });
    if (headers['x-origin-verify'] !== secret) {
      answer.writeHead(403).end();
      return;
    }
    if (server === undefined) {
      // Without a word on caching, as load balancers answer.
      answer.writeHead(503).end();
      return;
    }
    const outgoing = ask(new URL(path, server), {
      method,
      agent: false,
      headers: {
        ...headers,
        'x-forwarded-for': [headers['x-forwarded-for'], incoming.socket.remoteAddress]
          .filter(Boolean)
          .join(', '),
        'x-forwarded-proto': 'https',
      },
    });
    outgoing.on('response', (response) => {
      answer.writeHead(response.statusCode ?? 502, response.rawHeaders);
      response.pipe(answer);
    });
    outgoing.on('error', () => answer.destroy());
    incoming.pipe(outgoing);
  };
  const listener = createServer(balance);
  await once(listener.listen(0, '127.0.0.1'), 'listening');
  const address = listener.address();
  return {
    url: `http://127.0.0.1:${typeof address === 'object' ? (address?.port ?? 0) : 0}`,
    asked,
    sendTo: (next) => {
      server = next;
    },
    stop: async () => {
      listener.closeAllConnections();
      listener.close();
      await once(listener, 'close');
    },
  };
}
