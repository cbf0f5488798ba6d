/**
 * Makes steady load, in a process of its own: what else the rehearsal does never delays a request. It ends with the
 * process that started it.
 */
import { Agent } from 'node:http';
import { RIGHT_STATUS, ask, madeCode, type Answer } from './ask';
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
  const start = now();

  async function send(number: number): Promise<Request> {
    const kind = kindOf(number);
    const due = start + dueAfter(number, load.rate);
    const agent = agents[clientOf(number, agents.length)];
    const code = codes[Math.floor(Math.random() * codes.length)] ?? '';
    const sent = now();
    const asked =
      kind === 'create' ? { kind, due, sent, url: `${load.target}/${number}` } : { kind, due, sent, code };
    try {
      const answer = await ask(load.url, asked, { agent, patience: due + PATIENCE_MS - sent });
      const ended = now();
      const made = kind === 'create' ? madeCode(answer) : undefined;
      if (made !== undefined) {
        setTimeout(() => codes.push(made), KNOWN_AFTER_MS);
      }
      return { ...asked, ...(made === undefined ? {} : { code: made }), ended, ...ending(kind, answer) };
    } catch (error) {
      return { ...asked, ended: now(), ending: 'failed', instead: nameOf(error) };
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

function ending(kind: Request['kind'], { status, headers }: Answer): Pick<Request, 'ending' | 'instead'> {
  if (status === RIGHT_STATUS[kind]) {
    return { ending: 'answered' };
  }
  const isRefusal = status === 503 && headers['retry-after'] !== undefined;
  return { ending: isRefusal ? 'refused' : 'failed', instead: String(status) };
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
