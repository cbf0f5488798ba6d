/** What a rung is judged by: one list for the table, the plots, and what is said of each rung. */
import { total } from './gauges';
import type { Measured, WithoutPrimary } from './measure';

export interface Figure {
  readonly id: FigureId;
  /** Begins a sentence's part: `primary’s queries per request 0.62 → 0.05`. */
  readonly name: string;
  /** Above its column. */
  readonly heading: string;
  /** After the number; empty where it is a count. */
  readonly unit: string;
  readonly digits: number;
  readonly better: 'higher' | 'lower';
  /** A smaller difference than this is none. */
  readonly least: number;
  /** A smaller ratio than this is none, either: so much do two runs of one rung differ. */
  readonly sameWithin: number;
  /** Whether it is a matter of time, which other processes take from a rung; what a request costs is less so. */
  readonly isTime: boolean;
  /** undefined where the rung has nothing of the kind. */
  readonly of: (measured: Measured) => number | undefined;
}

export type FigureId =
  | ('highest' | 'p50' | 'p99' | 'application' | 'rung' | 'rungAtHighest' | 'rest' | 'primary')
  | ('primaryQueries' | 'replicaQueries' | 'origin' | 'received')
  | ('refused' | 'p99WithoutPrimary' | 'clicksInMemory')
  | (`${keyof typeof PARTS}AtHighest` | 'loadAtHighest');

/** As two runs on a busy machine. */
const COUNT = { unit: '', digits: 0, isTime: false, sameWithin: 1.25 };
/** What one halt of one process decides: at rungs 4 to 8 two quiet runs on two cores found twice the rate (docs/measured.md). */
const BY_A_HALT = { sameWithin: 2.5 };
const MILLISECONDS = { ...COUNT, unit: ' ms', isTime: true, better: 'lower' } as const;
const PER_CPU_SECOND = { ...COUNT, better: 'higher' } as const;
const QUERIES = { ...COUNT, digits: 2, better: 'lower', least: 0.03 } as const;
const BYTES = { ...COUNT, better: 'lower', least: 50 } as const;

/** Whose processor time of a request at the highest rate is told apart, by the kinds of parts. */
const PARTS = {
  application: ['server'],
  databases: ['primary', 'replica'],
  others: ['load-balancer', 'edge', 'cache', 'queue', 'worker'],
} as const;

/** Of a request at the highest rate, in µs. */
function atHighest({ highest }: Measured, seconds: number): number | undefined {
  return highest.perSecond === 0 ? undefined : (seconds * 1e6) / highest.perSecond;
}

/** Never said of a rung in words: the planner's model is held against it. */
const MICROSECONDS = { ...COUNT, unit: ' µs', better: 'lower', least: Infinity } as const;

/** None where a request took no more than the rung takes at rest, as far as could be measured. */
const aboveRest = (milliseconds: number | undefined): number | undefined =>
  milliseconds === undefined || milliseconds <= 0 ? undefined : milliseconds;

const perProcessorSecond = (milliseconds: number | undefined): number | undefined => {
  const above = aboveRest(milliseconds);
  return above === undefined ? undefined : 1_000 / above;
};

/** Where redirects fail, they neither wait nor are clicks. */
function answered(withoutPrimary: WithoutPrimary | undefined): WithoutPrimary | undefined {
  return withoutPrimary !== undefined && withoutPrimary.failedRedirects < withoutPrimary.redirects / 2
    ? withoutPrimary
    : undefined;
}

export const FIGURES: readonly Figure[] = [
  {
    ...{ ...COUNT, ...BY_A_HALT, id: 'highest', unit: '/s', better: 'higher', least: 200, isTime: true },
    name: 'requests a second within p99 50 ms',
    heading: 'highest rate within p99 50 ms',
    of: ({ highest }) => highest.perSecond,
  },
  {
    ...{ ...MILLISECONDS, id: 'p50', digits: 1, least: 1 },
    name: 'redirects’ p50',
    heading: 'redirects’ p50',
    of: ({ atFixedRate }) => atFixedRate.redirectP50,
  },
  {
    ...{ ...MILLISECONDS, ...BY_A_HALT, id: 'p99', digits: 1, least: 10 },
    name: 'redirects’ p99',
    heading: 'redirects’ p99',
    of: ({ atFixedRate }) => atFixedRate.redirectP99,
  },
  {
    ...{ ...PER_CPU_SECOND, id: 'application', least: 200 },
    name: 'requests per CPU-second of the application',
    heading: 'requests per CPU-second: application',
    of: ({ atFixedRate }) => perProcessorSecond(atFixedRate.processorMilliseconds['server']),
  },
  {
    ...{ ...PER_CPU_SECOND, id: 'rung', least: 100 },
    name: 'requests per CPU-second of the whole rung',
    heading: 'requests per CPU-second: whole rung',
    of: ({ atFixedRate }) => perProcessorSecond(total(atFixedRate.processorMilliseconds)),
  },
  {
    ...{ ...PER_CPU_SECOND, ...BY_A_HALT, id: 'rungAtHighest', least: 200 },
    name: 'requests per CPU-second of the whole rung at its highest rate',
    heading: 'requests per CPU-second: whole rung, highest rate',
    of: ({ highest }) => (highest.perSecond === 0 ? undefined : highest.perSecond / highest.processor.rung),
  },
  {
    ...{ ...COUNT, id: 'rest', unit: ' %', better: 'lower', least: 3 },
    name: 'CPU at rest',
    heading: 'CPU at rest, of a core',
    of: ({ atRest }) => total(atRest) * 100,
  },
  {
    ...{ ...MILLISECONDS, id: 'primary', least: 60, isTime: false },
    name: 'the primary’s CPU per 1,000 requests',
    heading: 'primary’s CPU per 1,000 requests',
    of: ({
      atFixedRate: {
        processorMilliseconds: { primary },
      },
    }) => {
      const above = aboveRest(primary);
      return above === undefined ? undefined : above * 1_000;
    },
  },
  {
    ...{ ...QUERIES, id: 'primaryQueries' },
    name: 'the primary’s queries per request',
    heading: 'queries per request: primary',
    of: ({ atFixedRate }) => atFixedRate.queries?.primary,
  },
  {
    ...{ ...QUERIES, id: 'replicaQueries' },
    name: 'the replicas’ queries per request',
    heading: 'queries per request: replicas',
    of: ({ atFixedRate }) => atFixedRate.queries?.replicas,
  },
  {
    ...{ ...BYTES, id: 'origin' },
    name: 'bytes from the origin per request',
    heading: 'bytes per request: from the origin',
    of: ({ atFixedRate }) => atFixedRate.bytesFromOrigin,
  },
  {
    ...{ ...BYTES, id: 'received' },
    name: 'bytes that users receive per request',
    heading: 'bytes per request: received',
    of: ({ atFixedRate }) => atFixedRate.bytesReceived,
  },
  {
    ...{ ...COUNT, id: 'refused', unit: ' %', better: 'lower', least: 1 },
    name: 'redirects that fail without the primary',
    heading: 'primary gone: redirects that fail',
    of: ({ withoutPrimary: gone }) => gone && (100 * gone.failedRedirects) / gone.redirects,
  },
  {
    ...{ ...MILLISECONDS, id: 'p99WithoutPrimary', least: 20 },
    name: 'redirects’ p99 without the primary',
    heading: 'primary gone: redirects’ p99',
    of: ({ withoutPrimary }) => answered(withoutPrimary)?.redirectP99,
  },
  {
    ...{ ...COUNT, id: 'clicksInMemory', better: 'lower', least: 50 },
    name: 'clicks that are in the servers’ memory alone after four seconds without the primary',
    heading: 'primary gone: clicks in memory alone',
    of: ({ withoutPrimary }) => answered(withoutPrimary)?.clicksInMemory,
  },
  ...(['application', 'databases', 'others'] as const).map((name): Figure => ({
    ...{ ...MICROSECONDS, id: `${name}AtHighest`, name: `CPU of ${name}` },
    heading: `CPU of a request at the highest rate: ${name}`,
    of: (measured) =>
      atHighest(
        measured,
        PARTS[name].reduce((sum, kind) => sum + (measured.highest.byKind[kind] ?? 0), 0),
      ),
  })),
  {
    ...{ ...MICROSECONDS, id: 'loadAtHighest', name: 'CPU of the load' },
    heading: 'CPU of a request at the highest rate: the load itself',
    of: (measured) => atHighest(measured, measured.highest.processor.load),
  },
];

/** A figure's value with its unit; a dash where there is none. */
export function written({ unit, digits }: Figure, value: number | undefined): string {
  return value === undefined || Number.isNaN(value)
    ? '–'
    : `${value.toLocaleString('en-US', { minimumFractionDigits: digits, maximumFractionDigits: digits })}${unit}`;
}
