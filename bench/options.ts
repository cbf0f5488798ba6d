/** What `npm run bench` is told on its command line. */
import { describeOptions, readOptions, readRungs, type Command as CommandLine } from '../local/options';
import type { LadderOptions } from './ladder';

const PARTS = [
  'synthesis',
  'application',
  'rungs',
  'latency',
  'growth',
  'costs',
  'clicks',
  'queues',
] as const;
export type Part = (typeof PARTS)[number];

export type Command =
  | { readonly kind: 'help' }
  | { readonly kind: 'ladder'; readonly options: LadderOptions }
  | {
      readonly kind: 'parts';
      readonly parts: readonly Part[];
      /** Counted runs; undefined for each part's own number. */
      readonly rounds: number | undefined;
      readonly json: boolean;
    };

const OF_PARTS: CommandLine['options'] = {
  rounds: 'counted runs of each figure, whose median it is (default 5; 3 for rungs, 1 for costs)',
  json: 'one JSON document on standard output instead of the table',
  help: 'this text',
};

const OF_THE_LADDER: CommandLine['options'] = {
  ladder:
    'starts every rung as npm start does, one after the other, puts the same load on each, and says what\n' +
    'each buys: the highest rate within p99 50 ms, and at one rate that all carry the waits, the requests\n' +
    'per CPU-second, the database queries and the bytes per request; then what happens without the primary',
  stage: 'only these rungs, by number or name; separated by commas, or given several times',
  without: 'rungs to leave out of those above them, separated by commas, such as data-centers',
  html: 'writes a report with a plot of each figure',
};

const BENCH: CommandLine = { name: 'npm run bench', options: { ...OF_PARTS, ...OF_THE_LADDER } };

export const HELP = `Usage: npm run bench [-- OPTIONS] [PART …]
       npm run bench -- --ladder [OPTIONS]

Measures on this machine and prints ratios; absolute figures depend on the machine.

  PART            synthesis (each rung against a one-queue CDK app), application (redirects, memory),
                  rungs (3 to 5: redirects with replicas and cache, creates), latency (3 to 5: p50, p99 and
                  p99.9 at 30 % and 70 % of the highest rate), growth (redirects at 10 thousand, a million and
                  20 million links, over 1, 8 and 64 connections, and by skew; 6 GB of disk), costs (processor
                  time of each way of a request, which the planner counts with), clicks (rung 8: queued clicks,
                  the worker) or queues (rung 8 with each kind of queue); all of them without one
${describeOptions({ ...BENCH, options: OF_PARTS })}

The load comes from wrk, the cache is Redis or Valkey, queues are RabbitMQ and kcat's mock of Kafka; all are
installed first where that can be done unasked.

${describeOptions({ ...BENCH, options: OF_THE_LADDER })}

The ladder takes about eight minutes on two cores. Whatever else the machine does meanwhile is in its figures.
`;

/** @throws Error with a sentence about the first thing that cannot be understood */
export function readCommand(argv: readonly string[]): Command {
  const { values, positionals } = readOptions(BENCH, argv);
  const { ladder = false, html, rounds, json = false } = values;
  if (values.help) {
    return { kind: 'help' };
  }
  const unknown = positionals.filter((name) => !PARTS.some((part) => part === name));
  if (unknown.length > 0) {
    throw new Error(`No such part: ${unknown.join(', ')}. Expected ${PARTS.join(', ')}.`);
  }
  if (ladder && positionals.length > 0) {
    throw new Error(`--ladder measures whole rungs: leave out ${positionals.join(', ')}.`);
  }
  const needsLadder = (['stage', 'without', 'html'] as const).find((name) => values[name] !== undefined);
  if (!ladder && needsLadder !== undefined) {
    throw new Error(`--${needsLadder} belongs to --ladder.`);
  }
  if (ladder && rounds !== undefined) {
    throw new Error('--rounds belongs to the parts: leave out --ladder.');
  }
  return ladder
    ? { kind: 'ladder', options: { rungs: readRungs(values), json, html } }
    : {
        kind: 'parts',
        parts: PARTS.filter((part) => positionals.length === 0 || positionals.includes(part)),
        rounds,
        json,
      };
}
