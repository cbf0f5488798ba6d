/**
 * Makes steady load, in a process of its own: what else the rehearsal does never delays a request. It ends with the
 * process that started it.
 */
import { Agent } from 'node:http';
import { ask, isRight, madeCode, type Answer } from './ask';
import {
  PATIENCE_MS,
  clientOf,
  dueAfter,
  dueBy,
  kindOf,
  now,
  type Load,
  type Order,
  type Report,
  type Request,
} from './load';

/** How often it looks which requests are due, in ms. */
const TICK_MS = 2;

/** How long ago a link must have been made before others follow it, in ms: that it reaches another data center. */
const KNOWN_AFTER_MS = 1_000;

interface Run {
  /** No further request is sent; resolves with all of them when the last one has ended. */
  end(): Promise<Request[]>;
}

function begin(load: Load): Run {
  const agents = load.addresses.map(
    (localAddress) => new Agent({ keepAlive: true, localAddress, maxSockets: 64 }),
  );
  const underWay: Promise<Request>[] = [];
  const codes = [...load.codes];
  /** Links that nobody asks for until they are deleted, so that no redirect is under way then. */
  const doomed = [...load.doomed];
  /** Links that somebody tried to delete; whether that took effect, the answer need not have said. */
  const deleted: string[] = [];
  let made = 0;
  const start = now();

  /** What is due, as long as there is a link for it. */
  function question(number: number): Pick<Request, 'kind' | 'code' | 'url'> {
    const kind = kindOf(number);
    if (kind === 'create') {
      return { kind, url: `${load.target}/${number}` };
    }
    const code = { delete: takeAny, return: mostlyLast, redirect: anyOf, read: anyOf }[kind](
      { delete: doomed, return: deleted, redirect: codes, read: codes }[kind],
    );
    return code === undefined ? { kind: 'redirect', code: anyOf(codes) ?? '' } : { kind, code };
  }

  /** Every second link is made to be deleted. */
  function keep(code: string): void {
    made += 1;
    const kept = made % 2 === 0 ? doomed : codes;
    setTimeout(() => kept.push(code), KNOWN_AFTER_MS);
  }

  async function send(number: number): Promise<Request> {
    const due = start + dueAfter(number, load.rate);
    const agent = agents[clientOf(number, agents.length)];
    const sent = now();
    const asked = { ...question(number), due, sent };
    const key = asked.kind === 'delete' ? { adminToken: load.adminToken } : {};
    try {
      const answer = await ask(load.url, { ...asked, ...key }, { agent, patience: due + PATIENCE_MS - sent });
      const ended = now();
      const code = asked.kind === 'create' ? madeCode(answer) : asked.code;
      if (asked.kind === 'create' && code !== undefined) {
        keep(code);
      }
      return { ...asked, ...(code === undefined ? {} : { code }), ended, ...ending(asked.kind, answer) };
    } catch (error) {
      return { ...asked, ended: now(), ending: 'failed', instead: nameOf(error) };
    } finally {
      if (asked.kind === 'delete' && asked.code !== undefined) {
        deleted.push(asked.code);
      }
    }
  }

  function sendDue(): void {
    const due = dueBy(now() - start, load.rate);
    while (underWay.length < due) {
      underWay.push(send(underWay.length));
    }
  }

  sendDue();
  const timer = setInterval(sendDue, TICK_MS);
  return {
    async end() {
      clearInterval(timer);
      const requests = await Promise.all(underWay);
      agents.forEach((agent) => {
        agent.destroy();
      });
      return requests;
    },
  };
}

function ending(kind: Request['kind'], answer: Answer): Pick<Request, 'ending' | 'instead' | 'ledOn'> {
  const { status, headers } = answer;
  if (isRight(kind, answer)) {
    return { ending: 'answered', ...(kind === 'return' ? { ledOn: status !== 410 } : {}) };
  }
  const isRefusal = status === 503 && headers['retry-after'] !== undefined;
  return { ending: isRefusal ? 'refused' : 'failed', instead: String(status) };
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

let run: Run | undefined;
process.on('message', (message: Order) => {
  if (message.order === 'begin') {
    run = begin(message.load);
  } else {
    void run?.end().then((requests) => {
      report({ report: 'done', requests });
    });
  }
});
process.on('disconnect', () => process.exit());
// A terminal's Ctrl-C reaches every process; the one that started this decides.
process.on('SIGINT', () => undefined);
report({ report: 'ready' });
