/** A steady load of redirects and creations on several servers of the application, and what became of it. */
import { nextAddress } from '../support';

/** Of each server. */
const REDIRECTS_PER_SECOND = 30;
const CREATES_PER_SECOND = 8;

/** A failure later than this after a link's creation is no longer about reading one's own write. */
const OWN_READ_WINDOW_MS = 5_000;

export interface Answer {
  readonly at: number;
  readonly server: string;
  readonly status: number;
  readonly milliseconds: number;
  /** Who answered, from Server-Timing. */
  readonly source: string | undefined;
  /** In which data center, from Server-Timing too. */
  readonly region: string | undefined;
  readonly retryAfter: string | null;
  readonly what: string;
}

export interface Load {
  /** When each link's creation was acknowledged, on `performance.now()`. */
  readonly acknowledged: ReadonlyMap<string, number>;
  readonly creates: readonly Answer[];
  readonly redirects: readonly Answer[];
  /** A creator's first read of its own link, at once, on the next server. */
  readonly ownReads: readonly Answer[];
  /** From now on only links acknowledged before are visited. */
  visitOnlyOlder(): void;
  stop(): Promise<void>;
}

/** @param servers where they are reached: `http://127.0.0.1:port` */
export function startLoad(servers: readonly string[]): Load {
  const acknowledged = new Map<string, number>();
  const codes: string[] = [];
  const creates: Answer[] = [];
  const redirects: Answer[] = [];
  const ownReads: Answer[] = [];
  const underWay = new Set<Promise<void>>();
  let isOpen = true;

  function run(work: Promise<void>): void {
    underWay.add(work);
    void work.finally(() => underWay.delete(work));
  }

  async function create(server: string, next: string): Promise<void> {
    const { answer, response } = await ask(server, '/api/links', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ url: 'https://example.com/' }),
    });
    creates.push(answer);
    if (response?.status !== 201) {
      return;
    }
    const code = new URL(response.headers.get('location') ?? '').pathname.slice(1);
    acknowledged.set(code, performance.now());
    const cookie = response.headers.get('set-cookie')?.split(';')[0] ?? '';
    const own = await ask(next, `/${code}`, { headers: { cookie } });
    ownReads.push(own.answer);
    if (isOpen) {
      codes.push(code);
    }
  }

  async function visit(server: string): Promise<void> {
    const code = codes[Math.floor(Math.random() * codes.length)];
    if (code !== undefined) {
      redirects.push((await ask(server, `/${code}`, {})).answer);
    }
  }

  const timers = servers.flatMap((server, index) => [
    setInterval(() => {
      run(visit(server));
    }, 1_000 / REDIRECTS_PER_SECOND),
    setInterval(() => {
      run(create(server, servers[(index + 1) % servers.length] ?? server));
    }, 1_000 / CREATES_PER_SECOND),
  ]);

  return {
    acknowledged,
    creates,
    redirects,
    ownReads,
    visitOnlyOlder() {
      isOpen = false;
    },
    async stop() {
      timers.forEach(clearInterval);
      await Promise.all(underWay);
    },
  };
}

/** One request; each comes from another address, so that no client is limited, and on a connection of its own. */
export async function ask(
  server: string,
  path: string,
  options: RequestInit,
): Promise<{ readonly answer: Answer; readonly response: Response | undefined }> {
  const at = performance.now();
  const headers = new Headers(options.headers);
  headers.set('x-forwarded-for', nextAddress());
  headers.set('connection', 'close');
  const signal = AbortSignal.timeout(OWN_READ_WINDOW_MS);
  const response = await fetch(server + path, { ...options, headers, redirect: 'manual', signal }).catch(
    () => undefined,
  );
  await response?.arrayBuffer();
  const timing = response?.headers.get('server-timing') ?? '';
  const answer: Answer = {
    at,
    server,
    status: response?.status ?? 0,
    milliseconds: performance.now() - at,
    source: /db;desc=([\w-]+)/.exec(timing)?.[1],
    region: /region;desc="([^"]+)"/.exec(timing)?.[1],
    retryAfter: response?.headers.get('retry-after') ?? null,
    what: `${options.method ?? 'GET'} ${path}`,
  };
  return { answer, response };
}
