/**
 * Every fault: what is typed while `npm start` runs, and what `npm run rehearse` brings about and heals, with what each
 * rung promises through it. Sentences in quotes are those of docs/request-path.md.
 */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { clickId, encodeClickMessage } from '../contract/click-message';
import type { QueueKind, RungNumber } from '../lib/scaling-plan';
import { QUEUE_NAMES, type ClickQueue } from './parts/click-queue';
import { connected } from './parts/postgres';
import { configure, startReplica } from './parts/replication';
import type { Part } from './parts/supervised';
import {
  A_BATCH,
  CHECKED,
  IN_THE_LOCAL_QUEUE,
  NOTICED,
  NOT_SECONDS,
  NOT_YET_REPLICATED,
  RECONNECTED,
  UNANSWERED,
  goesOn,
  isDown,
  isLeftOut,
  refusesAll,
  refusesWrites,
  type Promised,
  type RungPromise,
} from './promises';
import { toggleClock } from './rehearse/clock';
import { send } from './rehearse/queue';
import type { RunningRung } from './rung';
import { all, first, type Kind, type RunningPart } from './rung/parts';
import { promote } from './rung/promote';

type Verb = 'kill' | 'freeze' | 'fill' | 'lose' | 'thaw' | 'heal' | 'promote';

/** What is done by a word to parts that are named together: one, or all of a data center. */
interface Action {
  readonly help: string;
  /** Completes "NAME …". */
  readonly done: string;
  /** @throws Error with a sentence where it cannot be done to them */
  readonly run: (parts: readonly RunningPart[], rung: RunningRung) => Promise<void>;
  /** What heals it in a rehearsal, and what is promised where it is done to the first part of a kind. */
  readonly rehearsed?: {
    readonly healedBy: Verb;
    readonly promises: Readonly<Partial<Record<Kind, readonly Promised[]>>>;
  };
}

const ACTIONS: Readonly<Record<Verb, Action>> = {
  kill: {
    help: 'ends it at once, as a crash does',
    done: 'is killed',
    run: (parts) => atOnce(parts, ({ part }) => part.kill()),
    rehearsed: {
      healedBy: 'heal',
      promises: {
        server: [
          isDown([1, 2], { lostClickSeconds: A_BATCH, wholeWithinSeconds: CHECKED }),
          // "A server dies or is deployed over: no failed request."
          goesOn([3, 8], { lostClickSeconds: A_BATCH }),
        ],
        // "Left out within a second, taken back by itself; the others, then the primary."
        replica: [goesOn([4, 8])],
        // "A dead or frozen cache slows requests and fails none."
        cache: [goesOn([5, 8], { p99Milliseconds: NOT_SECONDS })],
        // "Bursts, slow or dead consumers: nothing lost, nothing counted twice."
        worker: [goesOn([8, 8])],
        queue: [
          goesOn([8, 8], { lostClickSeconds: IN_THE_LOCAL_QUEUE, queues: ['sqs', 'kafka'] }),
          goesOn([8, 8], { queues: ['rabbitmq'] }),
        ],
        // "Reads go on; writes are refused clearly and return by themselves; nothing acknowledged is lost."
        primary: [refusesAll([2, 3]), refusesWrites([4, 8])],
      },
    },
  },
  freeze: {
    help: 'halts it: it accepts and never answers',
    done: 'is frozen',
    run: (parts) => atOnce(parts, ({ part }) => part.freeze()),
    rehearsed: {
      healedBy: 'thaw',
      promises: {
        server: [isDown([1, 2], { wholeWithinSeconds: RECONNECTED }), isLeftOut([3, 8])],
        replica: [goesOn([4, 8])],
        cache: [goesOn([5, 8], { p99Milliseconds: NOT_SECONDS })],
        worker: [goesOn([8, 8])],
        queue: [goesOn([8, 8])],
        primary: [refusesAll([2, 3]), refusesWrites([4, 8])],
      },
    },
  },
  fill: {
    help: 'says that its disk is full: a RabbitMQ takes no messages',
    done: 'is full',
    run: (parts) => atOnce(parts, ({ name, part }) => queueOf('rabbitmq', name, part).fillDisk()),
  },
  lose: {
    help: 'takes a broker away that leads a part of a Kafka',
    done: 'has lost a leader',
    run: (parts) => atOnce(parts, ({ name, part }) => queueOf('kafka', name, part).loseLeader()),
  },
  thaw: {
    help: 'ends a freeze, a full disk, the loss of a leader',
    done: 'goes on',
    run: (parts) => atOnce(parts, ({ part }) => thaw(part)),
  },
  heal: { help: 'starts it again, whatever was done to it', done: 'is ready again', run: heal },
  promote: {
    help: 'makes a replica the primary; one in another data center is then the one that counts',
    done: 'is promoted',
    run: async (parts, rung) => {
      const [replica, ...others] = parts;
      if (replica === undefined || others.length > 0) {
        throw new Error(`${parts.map(({ name }) => name).join(', ')}: one replica is promoted at a time.`);
      }
      await promote(rung, replica);
    },
  },
};

/** The part, where it is a queue of that kind. @throws Error with a sentence where it is none */
function queueOf<K extends QueueKind>(
  kind: K,
  name: string,
  part: RunningPart['part'],
): Extract<ClickQueue, { readonly queue: K }> {
  if (!isOfKind(part, kind)) {
    throw new Error(`${name}: no queue of ${QUEUE_NAMES[kind]}; npm start -- --queue ${kind} has one.`);
  }
  return part;
}

function isOfKind<K extends QueueKind>(
  part: object,
  kind: K,
): part is Extract<ClickQueue, { readonly queue: K }> {
  return 'queue' in part && part.queue === kind;
}

async function thaw(part: RunningPart['part']): Promise<void> {
  await part.thaw();
  if (isOfKind(part, 'rabbitmq')) {
    await part.emptyDisk();
  } else if (isOfKind(part, 'kafka')) {
    await part.returnLeader();
  }
}

/** What a typed line asks for; run, it resolves with a sentence for the person who typed it. */
export function readFault(rung: RunningRung, line: string): () => Promise<string> {
  const [verb = '', name = ''] = line.trim().split(/\s+/);
  const action = new Map<string, Action>(Object.entries(ACTIONS)).get(verb);
  if (action === undefined || name === '') {
    return () => Promise.resolve(describeFaults());
  }
  const named = rung.parts.filter((each) => each.name === name || each.region === name);
  if (named.length === 0) {
    const names = rung.parts.map((each) => each.name).join(', ');
    return () => Promise.reject(new Error(`There is no part “${name}” here. There are ${names}.`));
  }
  return async () => {
    await action.run(named, rung);
    return `${name} ${action.done}.`;
  };
}

/** A line for each that can be typed. */
export function describeFaults(): string {
  return Object.entries(ACTIONS)
    .map(([verb, { help }]) => `  ${`${verb} NAME`.padEnd(14)}${help}`)
    .join('\n');
}

/** What a rehearsed fault works on. */
export interface Scene {
  readonly rung: RunningRung;
  /** Links that users ask for. */
  readonly codes: readonly string[];
  /** Tells the ledger of clicks that came by another way than a redirect. */
  readonly clicked: (code: string, count: number) => void;
  /** Work to be done once the rung has been stopped. */
  readonly atEnd: (work: () => Promise<void>) => void;
}

type Heal = () => Promise<void>;

type Inject = (scene: Scene) => Promise<Heal>;

/** How a fault goes on. */
interface Course {
  /** What is done some time after it was healed, while users go on. */
  readonly afterwards?: (scene: Scene) => Promise<void>;
  /** How long it works until it is healed, as a multiple of what the pace says; 0 where it is over by itself. @default 1 */
  readonly lasts?: 0 | 2;
  /** The rung is another one afterwards, and is started anew. */
  readonly leavesTraces?: true;
}

export interface Fault extends Course {
  readonly name: string;
  /** What a rung must have for it. */
  readonly needs: Kind | 'data centers';
  /** Resolves when it is there; what that resolves with heals it, and resolves when all that users need runs again. */
  readonly inject: Inject;
  /** For rungs one after the other. */
  readonly promises: readonly RungPromise[];
}

/** Between the servers of a deployment, in ms: the load balancer calls one healthy after two checks, a second apart. */
const UNTIL_CHECKED_MS = 3_000;

/** How a part halts over and over, in ms: the network before it drops and repeats. */
const SLOW = { halts: 150, runs: 30 };
/** Nine tenths of the time: hardly anything is answered in time, and much that was asked for is done all the same. */
const MOSTLY_HALTED = { halts: 900, runs: 100 };
/** It comes back just when it was given up. */
const FLAPPING = { halts: 1_500, runs: 1_500 };

/** More often than a replica is given up that lags, in ms. */
const EMPTIED_EVERY_MS = 500;

const MILLISECONDS_MORE = { p99Milliseconds: NOT_SECONDS };

/** Every fault that is rehearsed, in the order of a rehearsal. */
export const FAULTS: readonly Fault[] = [
  ...(['server', 'replica', 'cache', 'worker', 'queue', 'primary'] as const).flatMap((kind) =>
    (['kill', 'freeze'] as const).map((verb) => ofAction(verb, kind)),
  ),
  fault('replica slow', 'replica', halting('replica', SLOW), [goesOn([4, 8])]),
  fault('cache slow', 'cache', halting('cache', SLOW), [goesOn([5, 8], MILLISECONDS_MORE)]),
  fault('replica flapping', 'replica', halting('replica', FLAPPING), [goesOn([4, 8])]),
  fault('cache flapping', 'cache', halting('cache', FLAPPING), [goesOn([5, 8], MILLISECONDS_MORE)]),
  fault('primary nine tenths halted', 'primary', halting('primary', MOSTLY_HALTED), [refusesWrites([4, 8])]),
  fault('cache nine tenths halted', 'cache', halting('cache', MOSTLY_HALTED), [
    goesOn([5, 8], MILLISECONDS_MORE),
  ]),
  fault('replicas behind, the cache emptied', 'cache', fallBehind, [goesOn([5, 8], MILLISECONDS_MORE)]),
  // Deletions whose outcome is unknown, and nowhere to say that a link is gone. Two at once: what each allows, and no more.
  fault(
    'primary frozen, the cache killed',
    'cache',
    typed(
      (rung) => [`freeze ${first(rung, 'primary').name}`, `kill ${first(rung, 'cache').name}`],
      (rung) => [`thaw ${first(rung, 'primary').name}`, `heal ${first(rung, 'cache').name}`],
    ),
    [refusesWrites([5, 8])],
  ),
  // What has gathered while the primary was away goes with the process, until there is a queue for it.
  fault('primary frozen, servers restarted', 'replica', restartWhileFrozen('primary'), [
    refusesWrites([4, 7], { lostClickSeconds: A_BATCH }),
    refusesWrites([8, 8]),
  ]),
  fault('cache frozen, servers restarted', 'cache', restartWhileFrozen('cache'), [goesOn([5, 8])]),
  // "On SIGTERM … buffered clicks are flushed, then pools close."
  fault(
    'rolling deployment',
    'server',
    replaceServers,
    [isDown([1, 2], { wholeWithinSeconds: CHECKED }), goesOn([3, 8])],
    { lasts: 0 },
  ),
  fault('clock an hour ahead', 'server', setClock, [goesOn([3, 8])]),
  fault('disk of the queue full', 'queue', typedTo('queue', 'fill', 'thaw'), [
    goesOn([8, 8], { ...MILLISECONDS_MORE, queues: ['rabbitmq'] }),
  ]),
  fault('leader of the queue lost', 'queue', typedTo('queue', 'lose', 'thaw'), [
    goesOn([8, 8], { ...MILLISECONDS_MORE, queues: ['kafka'] }),
  ]),
  fault('worker killed in the middle of a batch', 'worker', killInTheMiddle, [goesOn([8, 8])]),
  // Of Kafka's group each leaves and comes back, and partitions go from hand to hand.
  fault('workers restarted', 'worker', restartWorkers, [goesOn([8, 8])], { lasts: 0 }),
  fault('messages repeated', 'queue', repeatMessages, [goesOn([8, 8])]),
  fault('message poisoned', 'queue', poison, [goesOn([8, 8])]),
  fault(
    'primary killed, a replica promoted',
    'replica',
    typed(
      (rung) => [`kill ${first(rung, 'primary').name}`],
      (rung) => [`promote ${first(rung, 'replica').name}`],
    ),
    [refusesWrites([4, 8])],
    { leavesTraces: true },
  ),
  // The README's own words.
  fault(
    'primary killed, a replica promoted, all typed',
    'replica',
    typed(
      (rung) => [`kill ${first(rung, 'primary').name}`],
      (rung) => [`promote ${first(rung, 'replica').name}`, `heal ${first(rung, 'primary').name}`],
    ),
    [refusesWrites([4, 8])],
    { leavesTraces: true },
  ),
  // "A whole region dies": `/api/*` is refused until another is promoted, reads go to it after three checks.
  fault(
    'data center killed, another promoted',
    'data centers',
    typed(
      (rung) => [`kill ${homeOf(rung)}`],
      (rung) => [`promote ${elsewhere(rung).name}`],
    ),
    [
      isDown([7, 8], {
        reads: { ...UNANSWERED, for: NOTICED },
        lostClickSeconds: A_BATCH + NOT_YET_REPLICATED,
        lostWriteSeconds: NOT_YET_REPLICATED,
        wholeWithinSeconds: RECONNECTED + NOTICED,
      }),
    ],
    { afterwards: bringDataCenterBack, leavesTraces: true },
  ),
];

/** What a rung promises, in the order of a rehearsal. */
export function promisesOf(rung: RungNumber, queue?: QueueKind): readonly RungPromise[] {
  return FAULTS.flatMap(({ promises }) => promises).filter((promise) => isPromised(promise, rung, queue));
}

/** Whether it holds for a rung. @param queue what clicks go through, from rung 8 on; SQS by default */
export function isPromised(
  { rungs: [from, to], queues }: Promised,
  rung: RungNumber,
  queue: QueueKind = 'sqs',
): boolean {
  return from <= rung && rung <= to && (queues?.includes(queue) ?? true);
}

export function isPossible({ needs }: Fault, rung: RunningRung): boolean {
  return needs === 'data centers' ? homeOf(rung) !== '' : all(rung, needs).length > 0;
}

function fault(
  name: string,
  needs: Fault['needs'],
  inject: Inject,
  promises: readonly Promised[],
  course: Course = {},
): Fault {
  return { name, needs, inject, promises: promises.map((each) => ({ ...each, fault: name })), ...course };
}

/** "server killed": what is typed, done to the first part of a kind. */
function ofAction(verb: 'kill' | 'freeze', kind: Kind): Fault {
  const { done, rehearsed: { healedBy, promises } = { healedBy: 'heal', promises: {} } } = ACTIONS[verb];
  // A frozen server: longer than a load balancer takes to notice. It waits five seconds for each of three checks.
  const course: Course = kind === 'server' && verb === 'freeze' ? { lasts: 2 } : {};
  const inject = typedTo(kind, verb, healedBy);
  return fault(`${kind} ${done.replace('is ', '')}`, kind, inject, promises[kind] ?? [], course);
}

type Lines = (rung: RunningRung) => readonly string[];

/** A fault that is brought about and healed by what a person would type. */
function typed(breaking: Lines, healing: Lines): Inject {
  return async ({ rung }) => {
    await type(rung, breaking(rung));
    return () => type(rung, healing(rung));
  };
}

/** Likewise to the first part of a kind. */
function typedTo(kind: Kind, breaking: Verb, healing: Verb): Inject {
  const line = (verb: Verb) => (rung: RunningRung) => [`${verb} ${first(rung, kind).name}`];
  return typed(line(breaking), line(healing));
}

async function type(rung: RunningRung, lines: readonly string[]): Promise<void> {
  for (const line of lines) {
    await readFault(rung, line)();
  }
}

async function atOnce(
  parts: readonly RunningPart[],
  work: (part: RunningPart) => Promise<void>,
): Promise<void> {
  await Promise.all(parts.map(work));
}

/** Those first that others ask: a server waits for its database. */
const HEALED = ['primary', 'replica', 'cache', 'queue', 'server', 'load-balancer', 'worker', 'edge'] as const;

async function heal(parts: readonly RunningPart[]): Promise<void> {
  for (const kind of HEALED) {
    await atOnce(
      parts.filter((each) => each.kind === kind),
      ({ part }) => part.restart(),
    );
  }
}

/**
 * Answers come late and in bursts, as over a network that drops and repeats. The rung's parts know each other by their
 * ports, so nothing can be put in between; the part itself halts over and over instead.
 */
function halting(kind: Kind, times: typeof SLOW): Inject {
  return ({ rung }) => {
    const healing = new AbortController();
    const halted = haltOverAndOver(first(rung, kind).part, times, healing.signal);
    return Promise.resolve(async () => {
      healing.abort();
      await halted;
    });
  };
}

async function haltOverAndOver(part: Part, { halts, runs }: typeof SLOW, until: AbortSignal): Promise<void> {
  while (!until.aborted) {
    await part.freeze();
    await sleep(halts);
    await part.thaw();
    await sleep(runs);
  }
}

/** What replicas say is out of date, and the cache has forgotten what it was told, over and over. */
async function fallBehind({ rung }: Scene): Promise<Heal> {
  const replicas = all(rung, 'replica');
  await Promise.all(replicas.map(({ part }) => part.pauseReplay()));
  const emptying = setInterval(() => {
    all(rung, 'cache').forEach(({ part }) => void part.command('FLUSHALL').catch(() => undefined));
  }, EMPTIED_EVERY_MS);
  return async () => {
    clearInterval(emptying);
    await Promise.all(replicas.map(({ part }) => part.resumeReplay()));
  };
}

/** A deployment in the middle of an outage: what only a process knew goes with it. */
function restartWhileFrozen(kind: Kind): Inject {
  return async (scene) => {
    const { part } = first(scene.rung, kind);
    await part.freeze();
    await replaceServers(scene);
    return () => part.thaw();
  };
}

/** One server after the other: SIGTERM, its end, a new process on its port, the load balancer's checks. */
async function replaceServers({ rung }: Scene): Promise<Heal> {
  for (const { part } of all(rung, 'server')) {
    await part.restart();
    await sleep(UNTIL_CHECKED_MS);
  }
  return () => Promise.resolve();
}

/** Its work was done but for the last step: the clicks are neither counted, nor is the message off the queue. */
async function killInTheMiddle({ rung }: Scene): Promise<Heal> {
  const primary = first(rung, 'primary');
  const workers = all(rung, 'worker').filter(({ region }) => region === primary.region);
  await connected(primary.part, async (client) => {
    await client.query('BEGIN; LOCK TABLE counted_clicks IN EXCLUSIVE MODE');
    const isWaiting = async () => (await client.query(WAITS_FOR_CLICKS)).rowCount !== 0;
    for (const deadline = Date.now() + UNTIL_A_BATCH_MS; !(await isWaiting());) {
      if (Date.now() > deadline) {
        throw new Error(`No worker counts clicks, though ${UNTIL_A_BATCH_MS / 1_000} s have passed.`);
      }
      await sleep(LOOK_MS);
    }
    await atOnce(workers, ({ part }) => part.kill());
    await client.query('ROLLBACK');
  });
  return () => heal(workers);
}

const WAITS_FOR_CLICKS = `SELECT FROM pg_locks WHERE NOT granted AND relation = 'counted_clicks'::regclass`;

/** A queue that was broken before may be found again by its workers after half a minute only, in ms. */
const UNTIL_A_BATCH_MS = 30_000;
const LOOK_MS = 20;

/** One after the other: SIGTERM, its end, a new process. */
async function restartWorkers({ rung }: Scene): Promise<Heal> {
  for (const { part } of all(rung, 'worker')) {
    await part.restart();
  }
  return () => Promise.resolve();
}

function setClock({ rung }: Scene): Promise<Heal> {
  const { part } = first(rung, 'server');
  toggleClock(part);
  return Promise.resolve(() => {
    toggleClock(part);
    return Promise.resolve();
  });
}

/** One message three times, as a queue that delivers at least once may. Its clicks count once. */
async function repeatMessages({ rung, codes, clicked }: Scene): Promise<Heal> {
  const [code = ''] = codes;
  const body = encodeClickMessage([{ id: clickId(Date.now(), randomUUID()), code, count: 7 }]);
  clicked(code, 7);
  const { part } = first(rung, 'queue');
  await send(part, [body, body, body]);
  return () => send(part, [body]);
}

/** Its neighbours are counted. */
async function poison({ rung }: Scene): Promise<Heal> {
  const bodies = ['not a click message', '{"version":1}', '{"version":99,"clicks":[]}'];
  await send(first(rung, 'queue').part, bodies);
  return () => Promise.resolve();
}

/** The nearest data center, where writes start; empty where there is but one. */
function homeOf(rung: RunningRung): string {
  return first(rung, 'server').region ?? '';
}

/** The replica that may be promoted in another data center. @throws Error where there is none */
function elsewhere(rung: RunningRung) {
  const replica = all(rung, 'replica').find(({ region }) => region !== homeOf(rung));
  if (replica === undefined) {
    throw new Error('No other data center has a database.');
  }
  return replica;
}

/**
 * The data center that was lost comes back as it was, and rejoins by docs/runbook.md's steps, but for the first and the
 * last: what only the old primary has is not copied, and the mark stays, so users go on in the other data center.
 */
async function bringDataCenterBack({ rung, atEnd }: Scene): Promise<void> {
  const lost = rung.parts.filter(({ region }) => region === homeOf(rung));
  const primary = first(rung, 'primary');
  await primary.part.restart();
  // What lambda/watch-writes does within a minute.
  await configure(primary.part, { default_transaction_read_only: 'on' });
  await heal(lost.filter((each) => each !== primary));
  await sleep(UNTIL_CHECKED_MS);
  const databases = lost.filter((each) => each.kind === 'replica' || each.kind === 'primary');
  for (const { name, part } of databases.reverse()) {
    await part.stop();
    const rejoined = await startReplica(elsewhere(rung).part, {
      name: name.replaceAll(/\W/g, '_'),
      port: part.port,
    });
    atEnd(() => rejoined.stop());
  }
  // They learn at their start that their database replicates another.
  await heal(lost.filter(({ kind }) => kind === 'server'));
}
