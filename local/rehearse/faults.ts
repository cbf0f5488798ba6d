/** The faults of a rehearsal: how each is brought about in a running rung, and how it is healed. */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { clickId, encodeClickMessage } from '../../contract/click-message';
import type { Postgres } from '../parts/postgres';
import type { Redis } from '../parts/redis';
import { configure, startReplica, type Replica } from '../parts/replication';
import type { Part } from '../parts/supervised';
import type { RunningPart, RunningRung } from '../rung';
import type { Kind } from '../rung/parts';
import { promote } from '../rung/promote';
import { readFault } from '../faults';
import { toggleClock } from './clock';
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

/** How a part halts over and over, in ms. */
interface Halting {
  readonly halts: number;
  readonly goesOn: number;
}

/** What a slow part, or the network before it, does: it halts, and goes on for a moment. */
const SLOW: Halting = { halts: 150, goesOn: 30 };

/** Nine tenths of the time: hardly anything is answered in time, and much that was asked for is done all the same. */
const MOSTLY_HALTED: Halting = { halts: 900, goesOn: 100 };

/** What comes back just when it was given up. */
const FLAPPING: Halting = { halts: 1_500, goesOn: 1_500 };

/** More often than a replica is given up that lags, in ms. */
const EMPTIED_EVERY_MS = 500;

/** Every fault that can be brought about here, in the order of a rehearsal. */
export const FAULTS: readonly Fault[] = [
  ...(['server', 'replica', 'cache', 'worker', 'queue', 'primary'] as const).flatMap(killedAndFrozen),
  halting('replica slow', 'replica', SLOW),
  halting('cache slow', 'cache', SLOW),
  halting('replica flapping', 'replica', FLAPPING),
  halting('cache flapping', 'cache', FLAPPING),
  halting('primary nine tenths halted', 'primary', MOSTLY_HALTED),
  halting('cache nine tenths halted', 'cache', MOSTLY_HALTED),
  { name: 'replicas behind, the cache emptied', needs: 'cache', bringAbout: fallBehind },
  { name: 'primary frozen, the cache killed', needs: 'cache', bringAbout: both },
  { name: 'primary frozen, servers restarted', needs: 'replica', bringAbout: restartWhile('primary') },
  { name: 'cache frozen, servers restarted', needs: 'cache', bringAbout: restartWhile('cache') },
  { name: 'rolling deployment', needs: 'server', bringAbout: replaceServers, lasts: 0 },
  { name: 'clock an hour ahead', needs: 'server', bringAbout: setClock },
  { name: 'messages repeated', needs: 'queue', bringAbout: repeatMessages },
  { name: 'message poisoned', needs: 'queue', bringAbout: poison },
  { name: 'primary killed, a replica promoted', needs: 'replica', bringAbout: failOver, leavesTraces: true },
  {
    name: 'primary killed, a replica promoted, all typed',
    needs: 'replica',
    bringAbout: typed,
    leavesTraces: true,
  },
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
function halting(name: string, kind: Kind, how: Halting): Fault {
  return {
    name,
    needs: kind,
    bringAbout: ({ rung }) => {
      const { part } = first(rung, kind);
      const healing = new AbortController();
      const halting = haltOverAndOver(part, how, healing.signal);
      return Promise.resolve(async () => {
        healing.abort();
        await halting;
      });
    },
  };
}

async function haltOverAndOver(part: Part, { halts, goesOn }: Halting, until: AbortSignal): Promise<void> {
  while (!until.aborted) {
    await part.freeze();
    await sleep(halts);
    await part.thaw();
    await sleep(goesOn);
  }
}

/** What replicas say is out of date, and the cache has forgotten what it was told, over and over. */
async function fallBehind({ rung }: Scene): Promise<() => Promise<void>> {
  const replicas = all(rung, 'replica')
    .map(({ part }) => part)
    .filter(isReplica);
  const caches = all(rung, 'cache')
    .map(({ part }) => part)
    .filter(isRedis);
  await Promise.all(replicas.map((replica) => replica.pauseReplay()));
  const emptying = setInterval(() => {
    caches.forEach((cache) => void cache.command('FLUSHALL').catch(() => undefined));
  }, EMPTIED_EVERY_MS);
  return async () => {
    clearInterval(emptying);
    await Promise.all(replicas.map((replica) => replica.resumeReplay()));
  };
}

/** Deletions whose outcome nobody knows, and nowhere to say that a link is gone. */
async function both({ rung }: Scene): Promise<() => Promise<void>> {
  const [primary, cache] = [first(rung, 'primary').part, first(rung, 'cache').part];
  await Promise.all([primary.freeze(), cache.kill()]);
  return async () => {
    await Promise.all([primary.thaw(), cache.restart()]);
  };
}

/** A deployment in the middle of an outage: what only a process knew goes with it. */
function restartWhile(kind: Kind): Fault['bringAbout'] {
  return async (scene) => {
    const { part } = first(scene.rung, kind);
    await part.freeze();
    await replaceServers(scene);
    return () => part.thaw();
  };
}

/** The README's own words. */
async function typed({ rung }: Scene): Promise<() => Promise<void>> {
  const type = (line: string): Promise<string> => readFault(rung, line)();
  const primary = first(rung, 'primary').name;
  await type(`kill ${primary}`);
  return async () => {
    await type(`promote ${first(rung, 'replica').name}`);
    await type(`heal ${primary}`);
  };
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

/** What an operator does: a replica of the data center takes over, and the others follow it. */
async function failOver({ rung }: Scene): Promise<() => Promise<void>> {
  await first(rung, 'primary').part.kill();
  return () => promote(rung, first(rung, 'replica'));
}

/** Everything in the nearest data center ends; the other one's database is made the primary. */
async function loseDataCenter({ rung }: Scene): Promise<() => Promise<void>> {
  const home = homeOf(rung);
  await Promise.all(partsIn(rung, home).map(({ part }) => part.kill()));
  return async () => {
    const other = rung.parts.find(({ kind, region }) => kind === 'replica' && region !== home);
    if (other === undefined) {
      throw new Error('No other data center has a database.');
    }
    await promote(rung, other);
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

function isPostgres(part: Part): part is Postgres {
  return 'dataDir' in part;
}

function isRedis(part: Part): part is Redis {
  return 'command' in part;
}

function isReplica(part: Part): part is Replica {
  return 'promote' in part;
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
