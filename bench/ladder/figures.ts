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
  /** Whether it is a matter of time, which other processes take from a rung; what a request costs is less so. @default false */
  readonly isTime?: true;
  /** undefined where the rung has nothing of the kind. */
  readonly of: (measured: Measured) => number | undefined;
}

export type FigureId =
  | 'highest'
  | 'p50'
  | 'p99'
  | 'application'
  | 'rung'
  | 'rungAtHighest'
  | 'rest'
  | 'primary'
  | 'primaryQueries'
  | 'replicaQueries'
  | 'origin'
  | 'received'
  | 'refused'
  | 'p99WithoutPrimary'
  | 'clicksInMemory';

const perProcessorSecond = (milliseconds: number | undefined): number | undefined =>
  milliseconds === undefined ? undefined : 1_000 / milliseconds;

/** Where redirects fail, they neither wait nor are clicks. */
function isAnswered(withoutPrimary: WithoutPrimary | undefined): boolean {
  return withoutPrimary !== undefined && withoutPrimary.failedRedirects < withoutPrimary.redirects / 2;
}

export const FIGURES: readonly Figure[] = [
  {
    id: 'highest',
    name: 'requests a second within p99 50 ms',
    heading: 'highest rate within p99 50 ms',
    unit: '/s',
    digits: 0,
    better: 'higher',
    least: 200,
    isTime: true,
    of: ({ highest }) => highest.perSecond,
  },
  {
    id: 'p50',
    name: 'redirects’ p50',
    heading: 'redirects’ p50',
    unit: ' ms',
    digits: 1,
    better: 'lower',
    least: 1,
    isTime: true,
    of: ({ atFixedRate }) => atFixedRate.redirectP50,
  },
  {
    id: 'p99',
    name: 'redirects’ p99',
    heading: 'redirects’ p99',
    unit: ' ms',
    digits: 1,
    better: 'lower',
    least: 10,
    isTime: true,
    of: ({ atFixedRate }) => atFixedRate.redirectP99,
  },
  {
    id: 'application',
    name: 'requests per CPU-second of the application',
    heading: 'requests per CPU-second: application',
    unit: '',
    digits: 0,
    better: 'higher',
    least: 200,
    of: ({ atFixedRate }) => perProcessorSecond(atFixedRate.processorMilliseconds['server']),
  },
  {
    id: 'rung',
    name: 'requests per CPU-second of the whole rung',
    heading: 'requests per CPU-second: whole rung',
    unit: '',
    digits: 0,
    better: 'higher',
    least: 100,
    of: ({ atFixedRate }) => perProcessorSecond(total(atFixedRate.processorMilliseconds)),
  },
  {
    id: 'rungAtHighest',
    name: 'requests per CPU-second of the whole rung at its highest rate',
    heading: 'requests per CPU-second: whole rung, highest rate',
    unit: '',
    digits: 0,
    better: 'higher',
    least: 200,
    of: ({ highest }) => (highest.perSecond === 0 ? undefined : highest.perSecond / highest.processor.rung),
  },
  {
    id: 'rest',
    name: 'CPU at rest',
    heading: 'CPU at rest, of a core',
    unit: ' %',
    digits: 0,
    better: 'lower',
    least: 3,
    of: ({ atRest }) => total(atRest) * 100,
  },
  {
    id: 'primary',
    name: 'the primary’s CPU per 1,000 requests',
    heading: 'primary’s CPU per 1,000 requests',
    unit: ' ms',
    digits: 0,
    better: 'lower',
    least: 60,
    of: ({ atFixedRate }) => {
      const milliseconds = atFixedRate.processorMilliseconds['primary'];
      return milliseconds === undefined ? undefined : milliseconds * 1_000;
    },
  },
  {
    id: 'primaryQueries',
    name: 'the primary’s queries per request',
    heading: 'queries per request: primary',
    unit: '',
    digits: 2,
    better: 'lower',
    least: 0.03,
    of: ({ atFixedRate }) => atFixedRate.queries?.primary,
  },
  {
    id: 'replicaQueries',
    name: 'the replicas’ queries per request',
    heading: 'queries per request: replicas',
    unit: '',
    digits: 2,
    better: 'lower',
    least: 0.03,
    of: ({ atFixedRate }) => atFixedRate.queries?.replicas,
  },
  {
    id: 'origin',
    name: 'bytes from the origin per request',
    heading: 'bytes per request: from the origin',
    unit: '',
    digits: 0,
    better: 'lower',
    least: 50,
    of: ({ atFixedRate }) => atFixedRate.bytesFromOrigin,
  },
  {
    id: 'received',
    name: 'bytes that users receive per request',
    heading: 'bytes per request: received',
    unit: '',
    digits: 0,
    better: 'lower',
    least: 50,
    of: ({ atFixedRate }) => atFixedRate.bytesReceived,
  },
  {
    id: 'refused',
    name: 'redirects that fail without the primary',
    heading: 'primary gone: redirects that fail',
    unit: ' %',
    digits: 0,
    better: 'lower',
    least: 1,
    of: ({ withoutPrimary }) =>
      withoutPrimary && (100 * withoutPrimary.failedRedirects) / withoutPrimary.redirects,
  },
  {
    id: 'p99WithoutPrimary',
    name: 'redirects’ p99 without the primary',
    heading: 'primary gone: redirects’ p99',
    unit: ' ms',
    digits: 0,
    better: 'lower',
    least: 20,
    isTime: true,
    of: ({ withoutPrimary }) => (isAnswered(withoutPrimary) ? withoutPrimary?.redirectP99 : undefined),
  },
  {
    id: 'clicksInMemory',
    name: 'clicks that are in the servers’ memory alone after four seconds without the primary',
    heading: 'primary gone: clicks in memory alone',
    unit: '',
    digits: 0,
    better: 'lower',
    least: 50,
    of: ({ withoutPrimary }) => (isAnswered(withoutPrimary) ? withoutPrimary?.clicksInMemory : undefined),
  },
];

/** A figure's value with its unit; a dash where there is none. */
export function written({ unit, digits }: Figure, value: number | undefined): string {
  return value === undefined || Number.isNaN(value)
    ? '–'
    : `${value.toLocaleString('en-US', { minimumFractionDigits: digits, maximumFractionDigits: digits })}${unit}`;
}
