/** What users of every rung do, and the numbers that come back of it: shared by the process that makes load and the one that measures. */
import { percentile } from '../../local/rehearse/load';

export type Kind = 'redirect' | 'read' | 'create' | 'page' | 'static';

/**
 * Of a hundred requests 78 follow a link, 6 show one by the API, 2 make one, 2 are for the page and 12 for its files: 39
 * redirects for each link that is made, and whoever makes one opens the page first, with nothing of it in the browser.
 */
const SHARES: readonly (readonly [Kind, number])[] = [
  ['redirect', 78],
  ['static', 12],
  ['read', 6],
  ['create', 2],
  ['page', 2],
];

const MIX: readonly Kind[] = evenly(SHARES);

export function kindOf(number: number): Kind {
  return MIX[number % MIX.length] ?? 'redirect';
}

/** Which request of its kind it is, from 0. */
export function numberAmongItsKind(number: number): number {
  const kind = kindOf(number);
  const inMix = MIX.filter((each) => each === kind).length;
  const before = MIX.slice(0, number % MIX.length).filter((each) => each === kind).length;
  return Math.floor(number / MIX.length) * inMix + before;
}

/** Spreads each kind over the whole, so that no second has another mix than the next. */
function evenly(shares: typeof SHARES): readonly Kind[] {
  return shares
    .flatMap(([kind, share]) =>
      Array.from({ length: share }, (_, index) => ({ kind, at: (index + 0.5) / share })),
    )
    .sort((a, b) => a.at - b.at)
    .map(({ kind }) => kind);
}

/** What a rung was asked for, for some time. */
export interface Load {
  /** Where users reach it: `http://127.0.0.1:3000`. */
  readonly url: string;
  /** Requests a second, each at a moment fixed beforehand (an open model). */
  readonly perSecond: number;
  readonly seconds: number;
  /** Links that are followed and shown, drawn by Zipf: the first one most often. */
  readonly codes: readonly string[];
  /** Paths of the page's files. */
  readonly files: readonly string[];
  /** Where those come from who make links, in turn; none makes any where there is one address, for it may make one a second. */
  readonly addresses: readonly string[];
  /** Ends it as soon as more than one in a hundred has waited that long, in ms. @default - it never ends early */
  readonly untilSlowerThan?: number;
}

/** What one request met. Times in ms. */
export interface Met {
  readonly kind: Kind;
  /** From when it was due: whoever waits to be sent waits too (no coordinated omission). */
  readonly waited: number;
  /** Between when it was due and when it was given to a connection: the load's own delay. */
  readonly late: number;
  /** 0 where no answer came. */
  readonly status: number;
  /** Of the answer, headers included. */
  readonly bytes: number;
}

/** What users met, in numbers. Times in ms. */
export interface Meeting {
  readonly requests: number;
  readonly redirects: number;
  readonly failed: number;
  readonly failedRedirects: number;
  readonly p99: number;
  readonly redirectP50: number;
  readonly redirectP99: number;
  /** 99 of 100 requests were given to a connection within this: where that is much, the machine had no time for the load. */
  readonly lateP99: number;
  /** That users received, headers included. */
  readonly bytes: number;
  /** What failed: `redirect 503` → how often; 0 stands for no answer. */
  readonly failures: Readonly<Record<string, number>>;
}

const RIGHT_STATUS: Readonly<Record<Kind, number>> = {
  redirect: 302,
  read: 200,
  create: 201,
  page: 200,
  static: 200,
};

export function isRight({ kind, status }: Pick<Met, 'kind' | 'status'>): boolean {
  return status === RIGHT_STATUS[kind];
}

export function inNumbers(met: readonly Met[]): Meeting {
  const redirects = met.filter(({ kind }) => kind === 'redirect');
  const failed = met.filter((request) => !isRight(request));
  const failures = new Map<string, number>();
  failed.forEach(({ kind, status }) => {
    failures.set(`${kind} ${status}`, (failures.get(`${kind} ${status}`) ?? 0) + 1);
  });
  const waits = redirects.map(({ waited }) => waited);
  return {
    requests: met.length,
    redirects: redirects.length,
    failed: failed.length,
    failedRedirects: redirects.filter((request) => !isRight(request)).length,
    p99: percentile(
      met.map(({ waited }) => waited),
      0.99,
    ),
    redirectP50: percentile(waits, 0.5),
    redirectP99: percentile(waits, 0.99),
    lateP99: percentile(
      met.map(({ late }) => late),
      0.99,
    ),
    bytes: met.reduce((sum, { bytes }) => sum + bytes, 0),
    failures: Object.fromEntries(failures),
  };
}
