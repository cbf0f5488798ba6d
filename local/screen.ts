/** What a running rung looks like to a person, and to a script. */
import { BUILT_RUNGS, type QueueKind } from '../lib/scaling-plan';
import { describeFaults } from './faults';
import { QUEUE_NAMES } from './parts/click-queue';
import { all, type HasParts, type Kind, type Progress } from './rung/parts';
import { planRung } from './rung/plan';
import { DEFAULT_PORT, type Options } from './start-options';

/** A running rung, as it is told to other processes. */
export interface Report {
  readonly stage: number;
  readonly name: string;
  readonly url: string;
  /** The runner's process: SIGTERM ends the rung. */
  readonly pid: number;
  /** What clicks go through, where they go through a queue. */
  readonly queue?: QueueKind;
  readonly parts: readonly {
    readonly name: string;
    readonly kind: Kind;
    readonly region?: string;
    readonly port?: number;
    readonly pid: number;
  }[];
}

export function reportOn({ stage }: Options, { url, parts }: HasParts & { readonly url: string }): Report {
  const [queue] = all({ parts }, 'queue');
  return {
    stage,
    name: BUILT_RUNGS.find(({ number }) => number === stage)?.name ?? '',
    url,
    pid: process.pid,
    ...(queue === undefined ? {} : { queue: queue.part.queue }),
    parts: parts.map(({ name, kind, region, port, part }) => ({
      name,
      kind,
      ...(region === undefined ? {} : { region }),
      ...(port === undefined ? {} : { port }),
      pid: part.pid,
    })),
  };
}

/** One line for a part that starts or is ready. */
export function describeProgress({ part, state, port }: Progress): string {
  return state === 'starting'
    ? `${part}: starting …`
    : `${part}: ready${port === undefined ? '' : ` on port ${port}`}`;
}

/** Why a rung has fewer parts than its stage. */
export const WITHOUT_DATA_CENTERS =
  'data centers are left out: clicks pass from one to another through SQS only';

/** The page's address, the request's path, what can be broken. */
export function describeRung(report: Report, options: Options): string {
  const { dataDir, ownDatabase, detach } = options;
  const regions = regionsOf(report);
  return [
    '',
    `  page    ${report.url}`,
    `  path    ${path(report).join('\n          ')}`,
    ...(report.queue === undefined
      ? []
      : [`  clicks  server → queue (${QUEUE_NAMES[report.queue]}) → worker → primary`]),
    ...(planRung(options).leavesOutDataCenters ? [`          ${WITHOUT_DATA_CENTERS}`] : []),
    `  data    ${dataDir ?? (ownDatabase ? 'in the database that DATABASE_URL names' : 'temporary, removed at the end; --data DIR keeps it')}`,
    '',
    ...(detach
      ? [`It goes on in the background. ${howToStop(report)} ends it.`]
      : [
          'Type what to break and press Enter:',
          describeFaults(),
          ...regions
            .slice(0, 1)
            .map(
              (region) => `NAME is edge, ${region}/server-1 and so on, or ${region} with all that is in it.`,
            ),
          '',
          'Ctrl-C stops it.',
        ]),
  ].join('\n');
}

function howToStop({ url }: Report): string {
  const { port } = new URL(url);
  return `npm start -- stop${port === String(DEFAULT_PORT) ? '' : ` --port ${port}`}`;
}

/** What a request passes, one step each; of those that stand together it asks one. */
const STEPS: readonly (readonly Kind[])[] = [
  ['edge'],
  ['load-balancer'],
  ['server'],
  ['cache'],
  ['primary', 'replica'],
];

/** A line; where there are several data centers, one for each of them. */
function path(report: Report): readonly string[] {
  const through = (region: string | undefined): string =>
    STEPS.map((kinds) =>
      report.parts
        .filter((part) => part.region === region && kinds.includes(part.kind))
        .map(({ name }) => name.replace(/^.*\//, ''))
        .join(', '),
    )
      .filter(Boolean)
      .join(' → ');
  const regions = regionsOf(report);
  return regions.length === 0
    ? [through(undefined)]
    : regions.map((region) => `${through(undefined)} → ${region}: ${through(region)}`);
}

function regionsOf({ parts }: Report): readonly string[] {
  return [...new Set(parts.flatMap(({ region }) => region ?? []))];
}
