import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from 'pg';
import { LOOK, type Look } from '../../../contract/election';
import { withDeadline } from '../deadline';
import { connectClient } from '../postgres/client';
import { connectWith, type ConnectionString } from '../postgres/connection-string';
import { runStatement } from '../postgres/pool';
import { toPosition } from './position';
import type { Sighting } from './state';
import type { Statement } from '../sql';

export interface ProbeOptions {
  readonly connectionString: ConnectionString;
  readonly saw: (sighting: Sighting) => void;
  readonly missed: (error: unknown) => void;
}

export interface Probe {
  /** Resolves when the first probe has ended, well or badly. */
  readonly first: Promise<void>;
  /** Probes at once: something was heard of the server. */
  hurry(): void;
  stop(): Promise<void>;
}

/** How often each process asks each server, in ms: 20 processes cost a server 80 cheap statements a second. */
const INTERVAL_MS = 250;

/** How long connecting or an answer may take, in ms: a frozen server is noticed within 750 ms, seldom 1,250. */
const TIMEOUT_MS = 500;

/**
 * How often another connection is made, in ms, so that the name is resolved again: it may have moved. Each at a moment of
 * its own: a server starts a process for a connection, and processes that began together would ask it for all theirs
 * at once.
 */
const CONNECTION_LIFETIME_MS = { least: 8_000, most: 12_000 };

/** How long a stop waits for the server's farewell, in ms. */
const FAREWELL_MS = 200;

const PROBE: Statement<Look> = { name: 'probe', text: LOOK };

/** Asks a server again and again how it is, on a connection of its own: a full pool is no sign of a sick server. */
export function startProbe({ connectionString, saw, missed }: ProbeOptions): Probe {
  let client: Client | undefined;
  let isCurrentUntil = 0;
  let timer: NodeJS.Timeout | undefined;
  let isStopped = false;

  function disconnect(): Promise<void> {
    const ended = client?.end() ?? Promise.resolve();
    client = undefined;
    return ended.catch(() => undefined);
  }

  /** A connection that ends between probes says little about the server: the next probe makes another, at once. */
  function forget(lost: Client): () => void {
    return () => {
      if (client === lost && running === undefined) {
        client = undefined;
        probe.hurry();
      }
    };
  }

  async function look(): Promise<Sighting> {
    const current = client !== undefined && performance.now() <= isCurrentUntil ? client : await reconnect();
    // One pause of ours would put every server out of service, were it taken for theirs.
    return withDeadline(ask(current), TIMEOUT_MS);
  }

  /** A server that takes no more connections may still be well: the one at hand tells. */
  async function reconnect(): Promise<Client> {
    const { least, most } = CONNECTION_LIFETIME_MS;
    isCurrentUntil = performance.now() + least + Math.random() * (most - least);
    try {
      const next = await connectWith(connectionString, connect);
      void disconnect();
      next.once('error', forget(next));
      client = next;
    } catch (error) {
      if (client === undefined) {
        throw error;
      }
    }
    return client;
  }

  async function lookOnce(): Promise<void> {
    try {
      const sighting = await look();
      saw(sighting);
      if (!sighting.isWritable && !sighting.inRecovery) {
        // Read-only may be a setting of the session: a new one hears when that has changed.
        void disconnect();
      }
    } catch (error) {
      void disconnect();
      missed(error);
    }
  }

  let running: Promise<void> | undefined;

  function run(): Promise<void> {
    clearTimeout(timer);
    running ??= lookOnce().finally(() => {
      running = undefined;
      if (!isStopped) {
        timer = setTimeout(() => void run(), INTERVAL_MS);
      }
    });
    return running;
  }

  const probe: Probe = {
    first: run(),
    hurry() {
      if (!isStopped) {
        void run();
      }
    },
    async stop() {
      isStopped = true;
      clearTimeout(timer);
      await running;
      await Promise.race([disconnect(), sleep(FAREWELL_MS, undefined, { ref: false })]);
    },
  };
  return probe;
}

function connect(text: string): Promise<Client> {
  return connectClient({
    connectionString: text,
    connectionTimeoutMillis: TIMEOUT_MS,
    statement_timeout: TIMEOUT_MS,
    fallback_application_name: 'zero-to-million-probe',
  });
}

async function ask(client: Client): Promise<Sighting> {
  const [row] = await runStatement(client, PROBE, [], performance.now() + 2 * TIMEOUT_MS);
  if (row === undefined) {
    throw new Error('a probe was answered with no row');
  }
  const { inRecovery, isReadOnly, position, timeline, system, instance } = row;
  return {
    inRecovery,
    isWritable: !inRecovery && !isReadOnly,
    position: toPosition(position),
    timeline: timeline ?? undefined,
    system,
    instance: `${system}/${instance}`,
  };
}
