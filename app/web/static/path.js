// @ts-check

/**
 * What the answers to this page's requests tell of the parts that they passed: which parts there are, which of them the
 * last request used, and which have stopped to answer. Nothing else is asked, and nothing here knows the page.
 *
 * What a request was for: parts that are well for the one may be broken for the other.
 * @typedef {'redirect' | 'show' | 'write'} Kind
 *
 * @typedef {object} Answer
 * @property {string} request such as `GET /path/abc`
 * @property {Kind} kind
 * @property {number} status 0 where there was none
 * @property {number} duration in ms, as seen from here
 * @property {string} timing the header Server-Timing
 * @property {string} edge what an edge says of itself; empty where none does
 * @property {boolean} [edgeAnswers] of a request without an answer: whether the edge answers by itself
 *
 * @typedef {object} Part
 * @property {string} id
 * @property {string} region
 * @property {'region' | 'server' | 'cache' | 'database' | 'queue'} type
 * @property {string} name
 * @property {number} seenAt
 * @property {number} missed answers since then that could as well have been its own
 *
 * @typedef {'idle' | 'used' | 'missing' | 'refusing'} State
 * @typedef {{ id: string, name: string, state: State, note: string }} Node
 * @typedef {{ from: string, to: string, state: 'idle' | 'used' | 'broken' }} Link
 * @typedef {Node & { servers: Node[], stores: Node[] }} Region
 *
 * @typedef {object} Picture
 * @property {Node[]} front you, and the edge where there is one
 * @property {Region[]} regions
 * @property {Link[]} links
 * @property {string} summary the last request in words
 * @property {string[]} troubles a sentence for each thing that is broken
 *
 * @typedef {{ from: string, to: string[], sentence: string }} Break
 * @typedef {{ name: string, description: string, duration: string }} Metric
 */

const DATA_CENTER = 'data center';

/** Where clicks go, once their redirects are answered. @type {Record<string, string>} */
const QUEUES = { sqs: 'SQS', rabbitmq: 'RabbitMQ', kafka: 'Kafka' };

const YOU = 'you';
const EDGE = 'edge';

/**
 * How many answers a part must miss before it counts as gone, for each of those that share the load. One that is asked at
 * random misses so many by chance about once in an hour of looking on, and is back with its next answer.
 */
const MISSES = 6;

/** The cache holds what was asked for a moment ago; a second miss in a row means that it does not. */
const CACHE_MISSES = 2;

/** A part that was seen so lately is not gone, however many answers came meanwhile, in ms. */
const GRACE_MS = 3_000;

/** What is gone for longer than this, in ms, is no longer drawn. */
const MEMORY_MS = 60_000;

/** After a write this client is answered past the cache for so long, in ms (app/routes/own-writes.ts), and a second more. */
const OWN_WRITES_MS = 31_000;

export function createPath() {
  /** In the order in which they were first seen, so that nothing drawn moves. @type {Map<string, Part>} */
  const parts = new Map();
  /** Which data centers have answered a kind of request. @type {Map<Kind, Set<string>>} */
  const homes = new Map();
  /** By the kind of request; those of clicks by their server, for each has its own way to the queue. @type {Map<string, Break>} */
  const breaks = new Map();
  let edge = '';
  let wroteAt = -Infinity;
  /** The last request: what it passed, with a note each. @type {Map<string, string>} */
  let passed = new Map();
  let summary = '';

  /** @param {string} region @param {Part['type']} type @param {string} name @param {number} now */
  function see(region, type, name, now) {
    const id = type === 'region' ? region : `${region}/${name}`;
    const part = parts.get(id) ?? { id, region, type, name, seenAt: now, missed: 0 };
    part.seenAt = now;
    part.missed = 0;
    parts.set(id, part);
    return part;
  }

  /** @param {(part: Part) => boolean} which */
  function those(which) {
    return [...parts.values()].filter(which);
  }

  /** @param {Part} part */
  function isReplica({ type, name }) {
    return type === 'database' && name !== 'primary';
  }

  /** Those among which any may answer in place of that one. @param {Part} part */
  function peers(part) {
    return those(
      (other) =>
        other.type === part.type &&
        (part.type === 'region' || other.region === part.region) &&
        isReplica(other) === isReplica(part),
    );
  }

  /** @param {Part} part @param {number} now */
  function isMissing(part, now) {
    const limit = part.type === 'cache' ? CACHE_MISSES : MISSES * peers(part).length;
    return part.missed >= limit && now - part.seenAt >= GRACE_MS;
  }

  /** @param {Part} [part] */
  function refusalOf(part) {
    return part?.name === 'primary' ? 'no writes' : part?.type === 'queue' ? 'no clicks' : 'no answer';
  }

  /** @param {Part[]} others */
  function miss(others) {
    others.forEach((part) => (part.missed += 1));
  }

  /** Where a request without an account of its path has ended. @param {Answer} answer @returns {Break} */
  function breakBefore({ kind, status, edgeAnswers }) {
    const [region] = those(({ id, type }) => type === 'region' && (homes.get(kind)?.has(id) ?? false))
      .sort((a, b) => b.seenAt - a.seenAt)
      .map(({ id }) => id);
    const front = edge === '' ? YOU : EDGE;
    if (status === 0 && edge !== '' && !edgeAnswers) {
      return { from: YOU, to: [EDGE], sentence: 'The edge does not answer.' };
    }
    const to = region === undefined ? [] : [region];
    if (status === 0 && edge === '') {
      return { from: YOU, to, sentence: 'Nobody answers.' };
    }
    // A load balancer without a server says 503; what could not be reached at all, or in time, whoever stands before says.
    if (edge === '' || status === 503) {
      const servers = those((part) => part.type === 'server' && part.region === region);
      return { from: front, to: servers.map(({ id }) => id), sentence: 'No server takes requests.' };
    }
    return { from: EDGE, to, sentence: `The edge does not reach ${region ?? 'any data center'}.` };
  }

  /** @param {Answer} answer @param {string} region @param {string} server @returns {Break} */
  function breakAtDatabase({ kind }, region, server) {
    const all = those((part) => part.type === 'database' && part.region === region);
    const asked = kind === 'write' ? all.filter((part) => !isReplica(part)) : all;
    return {
      from: server,
      to: asked.map(({ id }) => id),
      sentence: kind === 'write' ? 'The primary takes no writes.' : 'No database answers.',
    };
  }

  /** Only clicks end there: they wait in the server. @param {string} region @param {string} server @returns {Break} */
  function breakAtQueue(region, server) {
    const queues = those((part) => part.type === 'queue' && part.region === region);
    return {
      from: server,
      to: queues.map(({ id }) => id),
      sentence: 'The queue takes no clicks; they wait in memory.',
    };
  }

  /** Takes notice of what has answered, and of what has not though it might have. @param {Answer} answer @param {number} now */
  function trace(answer, now) {
    const metrics = parseServerTiming(answer.timing);
    const told = (/** @type {string} */ name) => metrics.find((metric) => metric.name === name);
    const [name, where] = [told('server')?.description, told('region')?.description];
    if (name === undefined || where === undefined) {
      return undefined;
    }
    const region = see(where, 'region', where, now);
    const home = homes.get(answer.kind) ?? new Set();
    homes.set(answer.kind, home.add(where));
    miss(those(({ id, type }) => type === 'region' && id !== where && home.has(id)));

    const server = see(where, 'server', name, now);
    miss(peers(server).filter((part) => part !== server));

    const [memory, stored, taken] = [told('cache'), told('db'), told('queue')];
    const isCached = memory?.description === 'hit' && memory.duration !== '';
    const cache = isCached ? see(where, 'cache', 'cache', now) : undefined;
    const isRefused = stored?.description === 'unavailable';
    const database = stored && !isRefused ? see(where, 'database', stored.description, now) : undefined;
    if (memory?.description === 'miss' && database && now - wroteAt > OWN_WRITES_MS) {
      miss(those((part) => part.type === 'cache' && part.region === where));
    }
    if (database && answer.kind !== 'write') {
      miss(those((part) => isReplica(part) && part.region === where && part !== database));
    }
    const named = QUEUES[taken?.description ?? ''];
    const queue = named === undefined ? undefined : see(where, 'queue', named, now);
    if (queue) {
      breaks.delete(server.id);
    } else if (taken) {
      breaks.set(server.id, breakAtQueue(where, server.id));
    }
    return {
      isRefused,
      region,
      server,
      stops: /** @type {[Part, string][]} */ ([
        [region, DATA_CENTER],
        [server, memory?.description === 'hit' && !isCached ? 'from memory' : ''],
        ...(cache ? [[cache, `hit · ${memory?.duration} ms`]] : []),
        ...(database ? [[database, stored?.duration ? `${stored.duration} ms` : 'asked']] : []),
        ...(queue ? [[queue, 'after the answer']] : []),
      ]),
    };
  }

  /**
   * @param {Answer} answer
   * @param {number} now in ms
   * @param {boolean} isShown whether it is drawn as the last request; otherwise only what it tells of the parts is kept
   */
  function note(answer, now, isShown) {
    edge = answer.edge || edge;
    const traced = trace(answer, now);
    if (answer.kind === 'write' && answer.status === 201) {
      wroteAt = now;
    }
    if (traced?.isRefused) {
      breaks.set(answer.kind, breakAtDatabase(answer, traced.region.id, traced.server.id));
    } else if (traced === undefined && (answer.status === 0 || answer.status >= 500)) {
      breaks.set(answer.kind, breakBefore(answer));
    } else if (traced === undefined) {
      // A refusal before anything was asked, such as 429.
      return;
    } else {
      breaks.delete(answer.kind);
    }
    if (isShown) {
      const total = `${Math.round(answer.duration)} ms`;
      const reached = answer.status !== 0 && edge !== '';
      const stops = traced?.stops ?? [];
      passed = new Map([
        [YOU, total],
        ...(reached ? /** @type {[string, string][]} */ ([[EDGE, edge]]) : []),
        ...stops.map(([{ id }, text]) => /** @type {[string, string]} */ ([id, text])),
      ]);
      summary = [
        answer.request,
        answer.status === 0 ? 'no answer' : answer.status,
        total,
        ['you', ...(reached ? ['edge'] : []), ...stops.map(([{ name }]) => name)].join(' → '),
      ].join(' · ');
    }
  }

  /** @param {number} now */
  function forget(now) {
    for (const part of parts.values()) {
      if (isMissing(part, now) && now - part.seenAt > MEMORY_MS) {
        those(({ id, region }) => id === part.id || region === part.id).forEach(({ id }) => {
          parts.delete(id);
          breaks.delete(id);
        });
        homes.forEach((home) => home.delete(part.id));
      }
    }
  }

  /** What there is to draw. @param {number} now in ms @returns {Picture} */
  function picture(now) {
    forget(now);
    const broken = [...breaks.values()];
    const isBroken = (/** @type {string} */ from, /** @type {string} */ to) =>
      broken.some((each) => each.from === from && each.to.includes(to));

    /** @param {string} id @param {string} name @param {Part} [part] @returns {Node} */
    function node(id, name, part) {
      if (part && isMissing(part, now)) {
        return {
          id,
          name,
          state: 'missing',
          note: `silent for ${Math.round((now - part.seenAt) / 1_000)} s`,
        };
      }
      if (broken.some(({ to }) => to.includes(id))) {
        return { id, name, state: 'refusing', note: refusalOf(part) };
      }
      return {
        id,
        name,
        state: passed.has(id) ? 'used' : 'idle',
        note: passed.get(id) ?? (part?.type === 'region' ? DATA_CENTER : ''),
      };
    }
    const nodes = (/** @type {Part[]} */ some) => some.map((part) => node(part.id, part.name, part));

    /** @param {string} from @param {Node} to @returns {Link} */
    function link(from, { id, state }) {
      const isUsed = passed.has(from) && state === 'used';
      return { from, to: id, state: isBroken(from, id) ? 'broken' : isUsed ? 'used' : 'idle' };
    }

    const front = [node(YOU, 'You'), ...(edge === '' ? [] : [node(EDGE, 'Edge')])];
    const last = edge === '' ? YOU : EDGE;
    const regions = those(({ type }) => type === 'region').map((part) => ({
      ...node(part.id, part.name, part),
      servers: nodes(those(({ type, region }) => type === 'server' && region === part.id)),
      stores: nodes([
        ...those(({ type, region }) => type === 'cache' && region === part.id),
        ...those(({ type, region }) => type === 'database' && region === part.id),
        ...those(({ type, region }) => type === 'queue' && region === part.id),
      ]),
    }));
    const links = [
      ...front.slice(1).map((to) => link(YOU, to)),
      ...regions.flatMap((region) => [
        ...(isBroken(last, region.id) ? [link(last, region)] : []),
        ...region.servers.map((server) => link(last, server)),
        ...region.servers.flatMap(({ id }) => region.stores.map((store) => link(id, store))),
      ]),
    ];
    const silent = [...parts.values()].filter((part) => isMissing(part, now));
    const troubles = [
      ...broken.map(({ sentence }) => sentence),
      ...silent.map(
        ({ id, type, name }) => `${type === 'region' || regions.length < 2 ? name : id} no longer answers.`,
      ),
    ];
    return { front, regions, links, summary, troubles: [...new Set(troubles)] };
  }

  return { note, picture, hasEdge: () => edge !== '' };
}

/**
 * `server;desc="a", db;desc=primary;dur=0.8`: our own names hold no comma or semicolon.
 * @param {string} header
 * @returns {Metric[]}
 */
function parseServerTiming(header) {
  return header
    .split(',')
    .map((metric) => metric.trim().split(';'))
    .map(([name = '', ...parameters]) => ({
      name,
      description: parameter(parameters, 'desc'),
      duration: parameter(parameters, 'dur'),
    }));
}

/** @param {string[]} parameters @param {string} name */
function parameter(parameters, name) {
  const found = parameters.find((text) => text.startsWith(`${name}=`)) ?? '';
  return found.slice(name.length + 1).replace(/^"|"$/g, '');
}
