/** The faults of a rehearsal: how each is brought about in a running rung, and how it is healed. */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import { clickId, encodeClickMessage } from '../../contract/click-message';
import type { Postgres } from '../parts/postgres';
import { configure, startReplica, type Replica } from '../parts/replication';
import type { Part } from '../parts/supervised';
import type { RunningPart, RunningRung } from '../rung';
import type { Kind } from '../rung/parts';
import { toggleClock } from './clock';
import { forward } from './forward';
import { all, first } from './parts';
import { queuesOf, send } from './queue';

export interface Scene {
  readonly rung: RunningRung;
  /** Links that users ask for. */
  readonly codes: readonly string[];
  /** Tells the ledger of clicks that came by another way than a redirect. */
  readonly clicked: (code: string, count: number) => void;
  /** Work to be done once the rung has been stopped. */
  readonly atEnd: (work: () => Promise<void>) => void;
}

export interface Fault {
  readonly name: string;
  /** What a rung must have for it. */
  readonly needs: Kind | 'data centers';
  /** Resolves when it is there; what that resolves with heals it, and resolves when all that users need runs again. */
  readonly bringAbout: (scene: Scene) => Promise<() => Promise<void>>;
  /** What is done some time after it was healed, while users go on. */
  readonly afterwards?: (scene: Scene) => Promise<void>;
  /** How long it works until it is healed, as a multiple of what the pace says; 0 where it is over by itself. @default 1 */
  readonly lasts?: 0 | 2;
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
  { name: 'rolling deployment', needs: 'server', bringAbout: replaceServers, lasts: 0 },
  { name: 'clock an hour ahead', needs: 'server', bringAbout: setClock },
  { name: 'messages repeated', needs: 'queue', bringAbout: repeatMessages },
  { name: 'message poisoned', needs: 'queue', bringAbout: poison },
  { name: 'primary killed, a replica promoted', needs: 'replica', bringAbout: failOver, leavesTraces: true },
  {
    name: 'data center killed, another promoted',
    needs: 'data centers',
    bringAbout: loseDataCenter,
    afterwards: bringDataCenterBack,
    leavesTraces: true,
  },
];

export function isPossible({ needs }: Fault, rung: RunningRung): boolean {
  return needs === 'data centers' ? homeOf(rung) !== undefined : all(rung, needs).length > 0;
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
      // Longer than a load balancer takes to notice: it waits five seconds for each of three checks.
      ...(kind === 'server' ? { lasts: 2 } : {}),
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

/**
 * What an operator, or RDS, does: of the data center's replicas the one that has received most takes over, the others
 * follow it, and the primary's name leads to it.
 */
async function failOver({ rung, atEnd }: Scene): Promise<() => Promise<void>> {
  const { part, port = 0 } = first(rung, 'primary');
  await part.kill();
  return async () => {
    const replicas = replicasIn(rung, homeOf(rung));
    const received = await Promise.all(
      replicas.map(async (replica) => ({ replica, position: await receivedBy(replica) })),
    );
    const [most] = received.sort((a, b) => Number(b.position - a.position));
    if (most === undefined) {
      throw new Error('There is no replica to promote.');
    }
    const { replica: promoted } = most;
    await promoted.promote();
    atEnd(await forward(port, promoted.port));
    const others = all(rung, 'replica')
      .map(({ part: other }) => other)
      .filter(isReplica);
    await Promise.all(others.filter((other) => other !== promoted).map((other) => other.follow(promoted)));
  };
}

/** Everything in the nearest data center ends; the other one's database is made the primary. */
async function loseDataCenter({ rung }: Scene): Promise<() => Promise<void>> {
  const home = homeOf(rung);
  await Promise.all(partsIn(rung, home).map(({ part }) => part.kill()));
  return async () => {
    const other = rung.parts.find(({ kind, region }) => kind === 'replica' && region !== home);
    if (other === undefined || !isReplica(other.part)) {
      throw new Error('No other data center has a database.');
    }
    // As lambda/promote-replica does: the mark comes first, so that the old primary is not asked when it comes back.
    await rung.mark(other.region);
    await other.part.promote();
  };
}

/**
 * The data center that was lost comes back as it was, and rejoins by docs/runbook.md's steps, but for the first and the
 * last: what only the old primary has is not copied, and the mark stays, so users go on in the other data center.
 */
async function bringDataCenterBack({ rung, atEnd }: Scene): Promise<void> {
  const home = homeOf(rung);
  const [promoted] = rung.parts
    .filter(({ region }) => region !== home)
    .map(({ part }) => part)
    .filter(isReplica);
  const old = partsIn(rung, home)
    .map(({ name, part }) => ({ name, part }))
    .filter((each): each is { readonly name: string; readonly part: Postgres } => isPostgres(each.part));
  const [primary] = old;
  if (promoted === undefined || primary === undefined) {
    throw new Error('There is nothing to rejoin.');
  }
  await primary.part.restart();
  // What lambda/watch-writes does within a minute.
  await configure(primary.part, { default_transaction_read_only: 'on' });
  await restartIn(rung, home, ['replica', 'cache', 'queue', 'server', 'load-balancer', 'worker']);
  await sleep(UNTIL_CHECKED_MS);
  for (const { name, part } of [...old].reverse()) {
    await part.stop();
    const rejoined = await startReplica(promoted, { name: name.replaceAll(/\W/g, '_'), port: part.port });
    atEnd(() => rejoined.stop());
  }
  // They learn at their start that their database replicates another.
  await restartIn(rung, home, ['server']);
}

/** Those of a kind at once, one kind after the other: those first that others ask. */
async function restartIn(
  rung: RunningRung,
  region: string | undefined,
  kinds: readonly Kind[],
): Promise<void> {
  for (const kind of kinds) {
    const parts = partsIn(rung, region).filter((each) => each.kind === kind);
    await Promise.all(parts.map(({ part }) => part.restart()));
  }
}

/** The nearest data center, where writes start; undefined where there is but one. */
function homeOf(rung: RunningRung): string | undefined {
  return first(rung, 'server').region;
}

function partsIn(rung: RunningRung, wanted: string | undefined): readonly RunningPart[] {
  return rung.parts.filter(({ kind, region }) => kind !== 'edge' && region === wanted);
}

function replicasIn(rung: RunningRung, wanted: string | undefined): readonly Replica[] {
  return partsIn(rung, wanted)
    .map(({ part }) => part)
    .filter(isReplica);
}

function isPostgres(part: Part): part is Postgres {
  return 'dataDir' in part;
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
