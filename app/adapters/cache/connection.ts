import type { Cluster, Redis } from 'iovalkey';
import type { CacheAddress } from './address';
import { withDeadline } from '../deadline';
import { loadConnector } from './connector';

export type Client = Redis | Cluster;

/** A client that is replaced by a new one whenever it is of no use any more. */
export interface Connection {
  /** Undefined while none is ready. */
  client(): Client | undefined;
  /** Why the last attempt to connect failed, or the last connection ended. */
  trouble(): string;
  /** Gives up a client that seemed ready, and connects anew: by then the name may stand for another server. */
  renew(): void;
  /** Resolves when a client is ready, or after some ms. */
  settled(timeout: number): Promise<void>;
  close(): void;
}

/** How long a connection may take, until the server says that it is ready, in ms; TLS between zones takes some 10. */
const READY_TIMEOUT_MS = 2_000;

/** How long a node that seems ready may take to answer a simple question, in ms. */
const ANSWER_TIMEOUT_MS = 500;

/** Between attempts, in ms, on average; none where the last connection has lived for a while. */
const RECONNECT_PAUSE_MS = 300;
const STABLE_MS = 1_000;

/** How long a socket may take to close in good order, in ms; a frozen server never closes it. */
const CLOSE_TIMEOUT_MS = 100;

/** After these answers a server is no longer the primary, whatever else it answers. */
export function saysServerHasChanged(error: unknown): boolean {
  return error instanceof Error && /^(READONLY|MASTERDOWN)\b/.test(error.message);
}

/** Makes clients of one address, each connecting at once. The library is loaded here, by those who have a cache. */
export async function loadClients(address: CacheAddress): Promise<() => Client> {
  const [{ Cluster, Redis }, Connector] = await Promise.all([import('iovalkey'), loadConnector()]);
  const { host, port, tls, cluster, username, password } = address;
  const options = {
    Connector,
    ...(username !== undefined && { username }),
    ...(password !== undefined && { password }),
    ...(tls && { tls: {} }),
    connectTimeout: READY_TIMEOUT_MS,
    disconnectTimeout: CLOSE_TIMEOUT_MS,
    maxRetriesPerRequest: 0,
    autoResendUnfulfilledCommands: false,
    keepAlive: 10_000,
  };
  const pipelining = {
    enableAutoPipelining: true,
    // The library takes a script's text for its key, and would send it to the wrong node of a cluster. What is asked by `mget` has
    // gathered before.
    autoPipeliningIgnoredCommands: ['eval', 'evalsha', 'publish', 'mget'],
  };
  return cluster
    ? () =>
        new Cluster([{ host, port }], {
          ...pipelining,
          redisOptions: options,
          clusterRetryStrategy: () => null,
          enableOfflineQueue: false,
          maxRedirections: 3,
          slotsRefreshTimeout: READY_TIMEOUT_MS,
          slotsRefreshInterval: 10_000,
          // Certificates are made out to names, so nodes must be reached by name.
          dnsLookup: (name, callback) => {
            callback(null, name);
          },
        })
    : () =>
        new Redis({
          ...pipelining,
          ...options,
          host,
          port,
          retryStrategy: () => null,
          enableOfflineQueue: false,
        });
}

/**
 * Whether it gives the right answer to a simple question: what else it says is trusted from then on. In a cluster every
 * node is asked, one of them has to answer, and requests find the connections made.
 */
async function answers(client: Client): Promise<boolean> {
  const right: unknown = 'PONG';
  const nodes = 'nodes' in client ? client.nodes('master') : [client];
  const given = await Promise.allSettled(nodes.map((node) => withDeadline(node.ping(), ANSWER_TIMEOUT_MS)));
  return given.some((answer) => answer.status === 'fulfilled' && answer.value === right);
}

/**
 * Keeps one client connected. The library's own reconnecting is off: it waits for ever for a server that accepts a
 * connection and then says nothing.
 */
export function keepConnected(open: () => Client, onReady: (client: Client) => void): Connection {
  let current: Client | undefined;
  let isReady = false;
  let trouble = 'it has not answered yet';
  let readyAt = Infinity;
  let timer: NodeJS.Timeout | undefined;
  const waiting = new Set<() => void>();

  function connect(): void {
    const client = open();
    current = client;
    timer = setTimeout(() => {
      trouble = `it was not ready within ${READY_TIMEOUT_MS} ms`;
      replace();
    }, READY_TIMEOUT_MS).unref();
    const note = (error: Error): void => {
      trouble = error.message;
    };
    client.on('error', note);
    client.on('node error', note);
    client.on('end', () => {
      if (client === current) {
        replace();
      }
    });
    client.on('ready', () => {
      void answers(client).then((isSane) => {
        if (client === current && isSane) {
          becomeReady(client);
        }
      });
    });
  }

  function becomeReady(client: Client): void {
    clearTimeout(timer);
    isReady = true;
    readyAt = performance.now();
    onReady(client);
    waiting.forEach((settle) => {
      settle();
    });
  }

  function drop(): void {
    clearTimeout(timer);
    const client = current;
    current = undefined;
    isReady = false;
    client?.disconnect();
  }

  function replace(): void {
    drop();
    const hasLived = performance.now() - readyAt >= STABLE_MS;
    readyAt = Infinity;
    timer = setTimeout(connect, hasLived ? 0 : RECONNECT_PAUSE_MS * (0.5 + Math.random())).unref();
  }

  const client = (): Client | undefined => (isReady && current?.status === 'ready' ? current : undefined);
  connect();
  return {
    client,
    trouble: () => trouble,
    renew() {
      if (client() !== undefined) {
        replace();
      }
    },
    settled: (timeout) =>
      new Promise((resolve) => {
        const settle = (): void => {
          clearTimeout(giveUp);
          waiting.delete(settle);
          resolve();
        };
        const giveUp = setTimeout(settle, timeout);
        waiting.add(settle);
      }),
    close: drop,
  };
}
