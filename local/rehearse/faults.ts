/** The faults of a rehearsal: how each is brought about in a running rung, and how it is healed. */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import { clickId, encodeClickMessage } from '../../contract/click-message';
import type { Postgres } from '../parts/postgres';
import type { Replica } from '../parts/replication';
import type { Part } from '../parts/supervised';
import type { RunningRung } from '../rung';
import type { Kind } from '../rung/parts';
import { toggleClock } from './clock';
import { all, first } from './parts';
import { queuesOf, send } from './queue';

export interface Scene {
  readonly rung: RunningRung;
  /** Links that users ask for. */
  readonly codes: readonly string[];
  /** Tells the ledger of clicks that came by another way than a redirect. */
  readonly clicked: (code: string, count: number) => void;
}

export interface Fault {
  readonly name: string;
  /** The kind of part that a rung must have for it. */
  readonly needs: Kind;
  /** Resolves when it is there; what that resolves with heals it, and resolves when all runs again. */
  readonly bringAbout: (scene: Scene) => Promise<() => Promise<void>>;
  /** How long it is left to work before it is healed. @default - as long as the pace says */
  readonly passesByItself?: true;
  /** The rung is another one afterwards, and is started anew. */
  readonly leavesTraces?: true;
}

/** Between the servers of a deployment, in ms: the load balancer calls one healthy after two checks, a second apart. */
const UNTIL_CHECKED_MS = 3_000;

/** What a slow part, or the network before it, does: it halts, and goes on for a moment, in ms. */
const HALTS_MS = 150;
const GOES_ON_MS = 30;

/** Every fault that can be brought about here, in the order of a rehearsal. */
export const FAULTS: readonly Fault[] = [
  ...(['server', 'replica', 'cache', 'worker', 'queue', 'primary'] as const).flatMap(killedAndFrozen),
  slow('replica'),
  slow('cache'),
  { name: 'rolling deployment', needs: 'server', bringAbout: replaceServers, passesByItself: true },
  { name: 'clock an hour ahead', needs: 'server', bringAbout: setClock },
  { name: 'messages repeated', needs: 'queue', bringAbout: repeatMessages },
  { name: 'message poisoned', needs: 'queue', bringAbout: poison },
  { name: 'primary killed, a replica promoted', needs: 'replica', bringAbout: failOver, leavesTraces: true },
];

export function isPossible({ needs }: Fault, rung: RunningRung): boolean {
  return all(rung, needs).length > 0;
}

function killedAndFrozen(kind: Kind): readonly Fault[] {
  return [
    {
      name: `${kind} killed`,
      needs: kind,
      bringAbout: async ({ rung }) => {
        const { part } = first(rung, kind);
        await part.kill();
        return () => part.restart();
      },
    },
    {
      name: `${kind} frozen`,
      needs: kind,
      bringAbout: async ({ rung }) => {
        const { part } = first(rung, kind);
        await part.freeze();
        return () => part.thaw();
      },
    },
  ];
}

/**
 * Answers come late and in bursts, as over a network that drops and repeats. The rung's parts know each other by their
 * ports, so nothing can be put in between; the part itself halts over and over instead.
 */
function slow(kind: Kind): Fault {
  return {
    name: `${kind} slow`,
    needs: kind,
    bringAbout: ({ rung }) => {
      const { part } = first(rung, kind);
      const healing = new AbortController();
      const halting = haltOverAndOver(part, healing.signal);
      return Promise.resolve(async () => {
        healing.abort();
        await halting;
      });
    },
  };
}

async function haltOverAndOver(part: Part, until: AbortSignal): Promise<void> {
  while (!until.aborted) {
    await part.freeze();
    await sleep(HALTS_MS);
    await part.thaw();
    await sleep(GOES_ON_MS);
  }
}

/** One server after the other: SIGTERM, its end, a new process on its port, the load balancer's checks. */
async function replaceServers({ rung }: Scene): Promise<() => Promise<void>> {
  for (const { part } of all(rung, 'server')) {
    await part.restart();
    await sleep(UNTIL_CHECKED_MS);
  }
  return () => Promise.resolve();
}

function setClock({ rung }: Scene): Promise<() => Promise<void>> {
  const { part } = first(rung, 'server');
  toggleClock(part);
  return Promise.resolve(() => {
    toggleClock(part);
    return Promise.resolve();
  });
}

/** What an operator, or RDS, does: the replica that has received most takes over, the others follow it. */
async function failOver({ rung }: Scene): Promise<() => Promise<void>> {
  await first(rung, 'primary').part.kill();
  return async () => {
    const [home] = all(rung, 'replica');
    const replicas = all(rung, 'replica')
      .filter(({ region }) => region === home?.region)
      .map(({ part }) => part)
      .filter(isReplica);
    const received = await Promise.all(
      replicas.map(async (replica) => ({ replica, position: await receivedBy(replica) })),
    );
    const [promoted, ...others] = received
      .sort((a, b) => Number(b.position - a.position))
      .map(({ replica }) => replica);
    if (promoted === undefined) {
      throw new Error('There is no replica to promote.');
    }
    await promoted.promote();
    await Promise.all(others.map((other) => other.follow(promoted)));
  };
}

function isReplica(part: Part): part is Replica {
  return 'promote' in part;
}

/** In bytes of the primary's log. */
async function receivedBy({ url }: Postgres): Promise<bigint> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    const { rows } = await client.query<{ position: string }>(
      `SELECT pg_wal_lsn_diff(pg_last_wal_receive_lsn(), '0/0')::text AS position`,
    );
    return BigInt(rows[0]?.position ?? 0);
  } finally {
    await client.end();
  }
}

/** One message three times, as a queue that delivers at least once may. Its clicks count once. */
async function repeatMessages({ rung, codes, clicked }: Scene): Promise<() => Promise<void>> {
  const [code = ''] = codes;
  const body = encodeClickMessage([{ id: clickId(Date.now(), randomUUID()), code, count: 7 }]);
  clicked(code, 7);
  const [queue] = queuesOf(rung);
  await send(queue, [body, body, body]);
  return () => send(queue, [body]);
}

/** Its neighbours are counted. */
async function poison({ rung }: Scene): Promise<() => Promise<void>> {
  const [queue] = queuesOf(rung);
  await send(queue, ['not a click message', '{"version":1}', '{"version":99,"clicks":[]}']);
  return () => Promise.resolve();
}
