/**
 * Makes load, in a process of its own: what else a rehearsal or a bench does never delays a request. It ends with the process
 * that started it.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { createClient, endingOf, madeCode, type Client, type Question } from './client';
import type { Order, Report, TimedDone } from './loader';
import {
  TIMEOUT_MS,
  clientOf,
  dueAfter,
  dueBy,
  inNumbers,
  kindOf,
  now,
  waited,
  zipf,
  type Load,
  type Request,
  type TimedLoad,
} from './requests';

/** How often it looks which requests are due, in ms. */
const TICK_MS = 1;

/** How long ago a link must have been made before others follow it, in ms: that it reaches another data center. */
const KNOWN_AFTER_MS = 1_000;

/** Of the clients that do not share their connections. */
const CONNECTIONS = 64;

interface Run {
  readonly startedAt: number;
  /** Those that have ended. */
  readonly requests: readonly Request[];
  sent(): number;
  /** Sends what is due by now, `most` of all at most. */
  sendDue(most: number): void;
  bytesReceived(): number;
  /** Resolves when the last request that was sent has ended, however. */
  lastEnded(): Promise<void>;
  /** Ends its connections; what is under way fails. */
  close(): Promise<void>;
}

function begin(load: Load): Run {
  const { url, mix, rate, files = [], adminToken, shared } = load;
  const closing = shared !== undefined;
  const own = load.addresses.map((localAddress) =>
    createClient(url, { localAddress, closing, ...(closing ? {} : { connections: CONNECTIONS }) }),
  );
  const common = shared === undefined ? undefined : createClient(url, { connections: shared });
  const clients = common === undefined ? own : [...own, common];
  const requests: Request[] = [];
  const underWay = new Set<Promise<void>>();
  const codes = [...load.codes];
  /** Links that are not asked for until they are deleted, so that no redirect is under way then. */
  const doomed = [...(load.doomed ?? [])];
  /** Links whose deletion was asked for; whether that took effect, the answer need not have said. */
  const deleted: string[] = [];
  const isEdited = mix.includes('delete');
  const rank = load.draw === 'zipf' ? zipf(codes.length) : undefined;
  const anyCode = (): string => (rank === undefined ? anyOf(codes) : codes[rank() - 1]) ?? '';
  let made = 0;
  let creates = 0;
  let statics = 0;
  let sent = 0;
  const startedAt = now();

  /** What is due, as long as there is a link for it; else a redirect. */
  function questionOf(number: number): Question {
    const wanted = kindOf(mix, number);
    // One address may make a link a second.
    const kind = wanted === 'create' && closing && own.length < 2 ? 'redirect' : wanted;
    switch (kind) {
      case 'create':
        return { kind, url: `${load.target}/${number}` };
      case 'static':
        return { kind, path: files[statics++ % files.length] ?? '/' };
      case 'page':
        return { kind };
      case 'redirect':
      case 'read':
        return { kind, code: anyCode() };
      case 'delete':
      case 'return': {
        const code = kind === 'delete' ? takeAny(doomed) : mostlyLast(deleted);
        return code === undefined ? { kind: 'redirect', code: anyCode() } : { kind, code };
      }
    }
  }

  /** Every second link is made to be deleted. */
  function keep(code: string): void {
    made += 1;
    const kept = made % 2 === 0 ? doomed : codes;
    setTimeout(() => kept.push(code), KNOWN_AFTER_MS);
  }

  function clientFor(number: number, { kind }: Question): Client | undefined {
    if (common === undefined) {
      return own[clientOf(mix, number, own.length)];
    }
    return kind === 'create' ? own[creates++ % own.length] : common;
  }

  async function send(number: number): Promise<void> {
    const due = startedAt + dueAfter(number, rate);
    const asked = questionOf(number);
    const client = clientFor(number, asked);
    const { kind, code, url: target } = asked;
    const sentAt = now();
    const request = {
      ...{ kind, due, sent: sentAt },
      ...(code === undefined ? {} : { code }),
      ...(target === undefined ? {} : { url: target }),
    };
    try {
      const answer = await client?.ask(
        kind === 'delete' ? { ...asked, adminToken } : asked,
        due + TIMEOUT_MS - sentAt,
      );
      if (answer === undefined) {
        throw new Error('The load comes from no address.');
      }
      const ended = now();
      const newCode = kind === 'create' ? madeCode(answer) : undefined;
      if (newCode !== undefined && isEdited) {
        keep(newCode);
      }
      const named = newCode === undefined ? {} : { code: newCode };
      requests.push({ ...request, ...named, ended, ...endingOf(kind, answer) });
    } catch (error) {
      requests.push({ ...request, ended: now(), ending: 'failed', instead: nameOf(error) });
    } finally {
      if (kind === 'delete' && code !== undefined) {
        deleted.push(code);
      }
    }
  }

  return {
    startedAt,
    requests,
    sent: () => sent,
    sendDue(most) {
      const due = Math.min(most, dueBy(now() - startedAt, rate));
      for (; sent < due; sent += 1) {
        const one = send(sent).finally(() => underWay.delete(one));
        underWay.add(one);
      }
    },
    bytesReceived: () => clients.reduce((sum, client) => sum + client.bytesReceived(), 0),
    lastEnded: async () => {
      await Promise.all(underWay);
    },
    close: async () => {
      await Promise.all(clients.map((client) => client.close()));
    },
  };
}

/** Until it has been sent and answered, or is lost. */
async function runTimed(load: TimedLoad): Promise<TimedDone> {
  const count = Math.round(load.rate * load.seconds);
  const { untilSlowerThan: slower = Infinity } = load;
  const run = begin(load);
  const processor = process.cpuUsage();
  let looked = 0;
  let bad = 0;
  function isLost(): boolean {
    for (const request of run.requests.slice(looked)) {
      bad += waited(request) > slower || request.ending !== 'answered' ? 1 : 0;
    }
    looked = run.requests.length;
    return slower < Infinity && bad > count / 100;
  }
  while (run.sent() < count && !isLost()) {
    run.sendDue(count);
    await sleep(TICK_MS);
  }
  // Whose time is not over yet is still waited for.
  const deadline = now() + Math.min(TIMEOUT_MS, slower * 2);
  while (run.requests.length < run.sent() && now() < deadline && !isLost()) {
    await sleep(TICK_MS);
  }
  const { user, system } = process.cpuUsage(processor);
  const isCutShort = run.requests.length < count;
  const bytes = run.bytesReceived();
  await run.close();
  await run.lastEnded();
  return {
    ...inNumbers(run.requests),
    ...{
      isCutShort,
      bytes,
      seconds: (now() - run.startedAt) / 1_000,
      processorSeconds: (user + system) / 1e6,
    },
  };
}

/** Until it is ended; what that resolves with has every request in it, once the last one has ended. */
function runUntilEnded(load: Load): () => Promise<readonly Request[]> {
  const run = begin(load);
  run.sendDue(Infinity);
  const timer = setInterval(() => {
    run.sendDue(Infinity);
  }, TICK_MS);
  return async () => {
    clearInterval(timer);
    await run.lastEnded();
    await run.close();
    return run.requests;
  };
}

function anyOf(codes: readonly string[]): string | undefined {
  return codes[Math.floor(Math.random() * codes.length)];
}

function takeAny(codes: string[]): string | undefined {
  return codes.splice(Math.floor(Math.random() * codes.length), 1)[0];
}

/** Half of the time one of the last eighth, soon after they were put there; seldom one of the first. */
function mostlyLast(codes: readonly string[]): string | undefined {
  return codes[codes.length - 1 - Math.floor(Math.random() ** 3 * codes.length)];
}

function nameOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : String(error);
}

function report(message: Report): void {
  process.send?.(message);
}

let end: (() => Promise<readonly Request[]>) | undefined;
process.on('message', (message: Order) => {
  switch (message.order) {
    case 'run':
      void runTimed(message.load).then((numbers) => {
        report({ report: 'numbers', numbers });
      });
      break;
    case 'begin':
      end = runUntilEnded(message.load);
      break;
    case 'end':
      void end?.().then((requests) => {
        report({ report: 'requests', requests });
      });
  }
});
process.on('disconnect', () => process.exit());
// A terminal's Ctrl-C reaches every process; the one that started this decides.
process.on('SIGINT', () => undefined);
report({ report: 'ready' });
