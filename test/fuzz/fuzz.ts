/**
 * Throws at the application what clients should not send, over real connections, with valid traffic in between, and holds every
 * answer against what was made: a redirect leads where its link does, an error is a problem document, and none is a 5xx, but for a 503 that says when to come back.
 */
import { connect } from 'node:net';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { readAnswers, type Answer } from './answers';
import { createRandom, type Random } from './random';
import { REQUEST_TIMEOUT_MS, startFuzzedServer } from './server';

export interface FuzzOptions {
  readonly seed: number;
  readonly seconds: number;
}

export interface Fuzzed {
  readonly connections: number;
  readonly redirects: number;
  readonly links: number;
  /** A sentence each, with the bytes that brought it about. */
  readonly wrong: readonly string[];
  /** By how much memory in use has grown since a quarter of the time had passed, in MB, garbage apart. */
  readonly grownMegabytes: number;
}

/** Who send at the same time, each with choices of its own. */
const CLIENTS = 8;

/** Links that a client remembers, and so how long one is asked for. */
const REMEMBERED = 100;

/** Beyond so many mistakes nothing new is learned. */
const MOST_WRONG = 10;

/** How long a client waits for an answer that it knows will come, in ms: far longer than a request may take. */
const PATIENCE_MS = REQUEST_TIMEOUT_MS + 5_000;

/** How long it waits for one of which it knows nothing: a broken request may still be one that leaves its connection open. */
const CURIOSITY_MS = 2 * REQUEST_TIMEOUT_MS;

const CLIENT_ERRORS = [400, 404, 405, 408, 409, 410, 413, 415, 417, 422, 429, 431];

/** What is sent on one connection, and what may come back. */
interface Attempt {
  readonly bytes: Buffer;
  /** The client goes away without reading. */
  readonly aborts?: boolean;
  /** Byte by byte from here on, slowly. */
  readonly dripsFrom?: number;
  /** Says what is wrong with the answers; what is wrong with any answer is looked for anyway. */
  readonly judge?: (answers: readonly Answer[]) => string | undefined;
}

/** @throws Error where the server cannot be started */
export async function fuzz({ seed, seconds }: FuzzOptions): Promise<Fuzzed> {
  const server = await startFuzzedServer();
  const wrong: string[] = [];
  const total = { connections: 0, redirects: 0, links: 0 };
  /** Where each code leads that any client has made and not forgotten. */
  const made = new Map<string, string>();
  const startedAt = performance.now();
  const isOver = (): boolean => performance.now() - startedAt > seconds * 1_000 || wrong.length >= MOST_WRONG;

  async function run(client: number): Promise<void> {
    const random = createRandom(seed * CLIENTS + client);
    const own: string[] = [];
    for (let step = 0; !isOver(); step += 1) {
      const attempt = random.one(ATTEMPTS)({ random, own, made, name: `f${client}-${step}` });
      const text = await exchangeInTime(server.port, attempt);
      const { answers, left } = readAnswers(text);
      for (const answer of answers) {
        note(answer, own);
      }
      total.connections += 1;
      const reason = attempt.aborts
        ? undefined
        : [
            ...answers.map(faultOf),
            left === '' ? undefined : `Half an answer: ${JSON.stringify(left)}`,
            answers.some(isBusy) ? undefined : attempt.judge?.(answers),
          ].find((fault) => fault !== undefined);
      if (reason !== undefined) {
        wrong.push(
          `seed ${seed}, client ${client}, step ${step}: ${reason} Sent: ${JSON.stringify(attempt.bytes.toString('latin1').slice(0, 2_000))}`,
        );
      }
    }
  }

  function note(answer: Answer, own: string[]): void {
    total.redirects += answer.status === 302 ? 1 : 0;
    if (answer.status === 201) {
      const { code, url } = linkOf(answer);
      made.set(code, url);
      own.push(code);
      total.links += 1;
      if (own.length > REMEMBERED) {
        made.delete(own.shift() ?? '');
      }
    }
  }

  function faultOf(answer: Answer): string | undefined {
    const { status, headers, body } = answer;
    if (status === 302) {
      const location = headers.get('location') ?? '';
      return [...made.values()].includes(location)
        ? undefined
        : `A redirect leads to ${location}, where no link does.`;
    }
    if (status < 400) {
      return [200, 201, 204, 304].includes(status) ? undefined : `The status ${status}.`;
    }
    if (!CLIENT_ERRORS.includes(status) && !isBusy(answer)) {
      return `The status ${status}: ${body}`;
    }
    const isProblem =
      headers.get('content-type')?.startsWith('application/problem+json') === true &&
      statusIn(body) === status;
    return isProblem ? undefined : `An error that is no problem document: ${body}`;
  }

  try {
    const memory = settledMegabytes(startedAt + seconds * 250, isOver);
    await Promise.all(Array.from({ length: CLIENTS }, (_, client) => run(client)));
    const grownMegabytes = usedMegabytes() - (await memory);
    return {
      ...total,
      wrong: [...wrong, ...server.errors.map((error) => `seed ${seed}: ${error}`)],
      grownMegabytes,
    };
  } finally {
    await server.stop();
  }
}

interface Surroundings {
  readonly random: Random;
  /** Codes that this client has made lately. */
  readonly own: readonly string[];
  readonly made: ReadonlyMap<string, string>;
  /** Of this step, and no other. */
  readonly name: string;
}

type MakeAttempt = (surroundings: Surroundings) => Attempt;

/** Another client's each time, so that none meets its limit. */
function address({ random }: Surroundings): string {
  return `198.18.${random.below(256)}.${random.below(256)}`;
}

function post(here: Surroundings, body: Buffer | string, headers = '', last = true): Buffer {
  const head = [
    'POST /api/links HTTP/1.1',
    'Host: go.example.com',
    `X-Forwarded-For: ${address(here)}`,
    'Content-Type: application/json',
    `Content-Length: ${Buffer.byteLength(body)}`,
    ...(last ? ['Connection: close'] : []),
  ];
  return Buffer.concat([Buffer.from(`${head.join('\r\n')}\r\n${headers}\r\n`), Buffer.from(body)]);
}

function get(here: Surroundings, path: string, last = true): Buffer {
  const end = last ? 'Connection: close\r\n' : '';
  return Buffer.from(
    `GET ${path} HTTP/1.1\r\nHost: go.example.com\r\nX-Forwarded-For: ${address(here)}\r\n${end}\r\n`,
  );
}

const linkNamed = (name: string): string => JSON.stringify({ url: `https://example.com/${name}` });

/** Says what is wrong where the statuses are not these, in this order. */
function answers(...expected: readonly number[]): NonNullable<Attempt['judge']> {
  return (given) => {
    const statuses = given.map(({ status }) => status).join(', ');
    return statuses === expected.join(', ')
      ? undefined
      : `Answered ${statuses || 'nothing'}, expected ${expected.join(', ')}.`;
  };
}

/** Of every valid request one, so that a mutation hits any part of any. */
const VALID: readonly ((surroundings: Surroundings) => Buffer)[] = [
  (here) => post(here, linkNamed(here.name)),
  (here) => post(here, linkNamed(here.name), `Idempotency-Key: ${here.name}\r\n`),
  (here) => get(here, `/${here.own.at(-1) ?? 'unknown'}`),
  (here) => get(here, `/api/links/${here.own.at(-1) ?? 'unknown'}`),
  (here) => get(here, '/healthz'),
];

const create: MakeAttempt = (here) => ({
  bytes: post(here, linkNamed(here.name)),
  judge: (given) =>
    answers(201)(given) ??
    (given.every((answer) => linkOf(answer).url.endsWith(`/${here.name}`))
      ? undefined
      : 'The link leads elsewhere.'),
});

const follow: MakeAttempt = (here) => {
  if (here.own.length === 0) {
    return create(here);
  }
  const codes = Array.from({ length: 1 + here.random.below(5) }, () => here.random.one(here.own));
  const targets = codes.map((code) => here.made.get(code));
  return {
    // In one packet: the answers come in the order of the questions.
    bytes: Buffer.concat(
      codes.map((code, index) =>
        get(
          here,
          `/${code}${here.random.one(['', '', '/', '.', ')', '?url=https://evil.example/'])}`,
          index === codes.length - 1,
        ),
      ),
    ),
    judge: (given) =>
      answers(...codes.map(() => 302))(given) ??
      (given.every((answer, index) => answer.headers.get('location') === targets[index])
        ? undefined
        : `Led to ${given.map((answer) => answer.headers.get('location')).join(', ')}, not to ${targets.join(', ')}.`),
  };
};

const unknown: MakeAttempt = (here) => ({ bytes: get(here, `/${here.name}-unknown`), judge: answers(404) });

const notUtf8: MakeAttempt = (here) => ({
  bytes: post(
    here,
    Buffer.concat([
      Buffer.from(`{"url":"https://example.com/`),
      Buffer.from([0xff]),
      here.random.bytes(3),
      Buffer.from('"}'),
    ]),
  ),
  judge: answers(400),
});

const garbageBehind: MakeAttempt = (here) => ({
  bytes: Buffer.concat([
    post(here, linkNamed(here.name), '', false),
    Buffer.from('\0'),
    here.random.bytes(20),
    Buffer.from('\r\n\r\n'),
  ]),
  judge: answers(201, 400),
});

const brokenChunks: MakeAttempt = (here) => ({
  bytes: Buffer.from(
    `POST /api/links HTTP/1.1\r\nHost: x\r\nX-Forwarded-For: ${address(here)}\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n${here.random.one(['zz', '-1', '5\r\n{"ur', 'g'])}\r\nx\r\n`,
  ),
  judge: answers(400),
});

/** Any bytes of a valid request become any others, come twice, or are missing. */
const mutated: MakeAttempt = (here) => {
  const { random } = here;
  let bytes = random.one(VALID)(here);
  for (let left = 1 + random.below(4); left > 0; left -= 1) {
    const [start, length] = [random.below(bytes.length), random.below(8)];
    const piece = random.one([
      random.bytes(length),
      bytes.subarray(start, start + length * 8),
      Buffer.alloc(0),
    ]);
    bytes = Buffer.concat([bytes.subarray(0, start), piece, bytes.subarray(start + random.below(8))]);
  }
  return { bytes };
};

const garbage: MakeAttempt = ({ random }) => ({
  bytes: Buffer.concat([random.bytes(1 + random.below(2_000)), Buffer.from('\r\n\r\n')]),
});

const cut: MakeAttempt = (here) => {
  const whole = here.random.one(VALID)(here);
  return { bytes: whole.subarray(0, 1 + here.random.below(whole.length)), aborts: true };
};

const slow: MakeAttempt = (here) => {
  const bytes = post(here, linkNamed(here.name));
  return { bytes, dripsFrom: 1 + here.random.below(bytes.length - 60), judge: answers(408) };
};

/** A name that comes twice is tried twice as often. */
const ATTEMPTS: readonly MakeAttempt[] = [
  ...[create, create, create, follow, follow, follow, follow, unknown],
  ...[mutated, mutated, mutated, mutated, garbage, notUtf8, garbageBehind, brokenChunks],
  ...[cut, cut, slow],
];

/**
 * The server shares this process with its clients: on a busy machine what was sent whole may not be read in time, and is
 * sent once more.
 */
async function exchangeInTime(port: number, attempt: Attempt): Promise<string> {
  const text = await exchange(port, attempt);
  const isWhole = attempt.judge !== undefined && attempt.dripsFrom === undefined;
  return isWhole && text.startsWith('HTTP/1.1 408 ') ? exchange(port, attempt) : text;
}

/** What comes back until the server closes, or for long enough, as Latin-1. */
function exchange(port: number, { bytes, aborts = false, dripsFrom, judge }: Attempt): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    const received: Buffer[] = [];
    let dripping: NodeJS.Timeout | undefined;
    socket.setTimeout(judge === undefined ? CURIOSITY_MS : PATIENCE_MS, () => socket.destroy());
    socket.on('error', () => undefined);
    socket.on('data', (some) => received.push(some));
    socket.on('close', () => {
      clearInterval(dripping);
      resolve(Buffer.concat(received).toString('latin1'));
    });
    socket.write(bytes.subarray(0, dripsFrom));
    if (aborts) {
      // By then the server may have begun with it.
      setImmediate(() => socket.destroy());
    } else if (dripsFrom !== undefined) {
      let at = dripsFrom;
      dripping = setInterval(() => {
        socket.write(bytes.subarray(at, at + 1));
        at += 1;
      }, REQUEST_TIMEOUT_MS / 10);
    }
  });
}

function linkOf({ body }: Answer): { readonly code: string; readonly url: string } {
  const link: unknown = JSON.parse(body);
  return typeof link === 'object' && link !== null && 'code' in link && 'url' in link
    ? { code: String(link.code), url: String(link.url) }
    : { code: '', url: '' };
}

/** The database has its limits of time, which a busy machine exceeds: to be asked again is no mistake. */
function isBusy({ status, headers }: Answer): boolean {
  return status === 503 && headers.has('retry-after');
}

function statusIn(body: string): unknown {
  const problem: unknown = JSON.parse(body === '' ? 'null' : body);
  return typeof problem === 'object' && problem !== null && 'status' in problem ? problem.status : undefined;
}

/** In use at a time on `performance.now()`, by when what is made once has been made. */
async function settledMegabytes(at: number, isOver: () => boolean): Promise<number> {
  while (performance.now() < at && !isOver()) {
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return usedMegabytes();
}

function usedMegabytes(): number {
  setFlagsFromString('--expose-gc');
  runInNewContext('gc()');
  const { heapUsed, external } = process.memoryUsage();
  return (heapUsed + external) / 1e6;
}
