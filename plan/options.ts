/** What `npm run plan` is told on its command line. */
import type { ParseArgsConfig } from 'node:util';
import { nearest } from '../contract/nearest';
import type { Habits } from '../lib/capacity/load';
import { plan, type Plan } from '../lib/capacity/plan';
import { ASSUMPTIONS } from '../lib/capacity/data';
import { QUEUE_KINDS, type QueueKind } from '../lib/scaling-plan';
import { isUntrusted, REGIONS, type Region } from '../lib/regions';
import { readCommandLine } from '../local/command-line';

export interface Options {
  readonly habits: Habits;
  readonly region: Region;
  /** The kind of queue that clicks go through, which asks for the rung that has one. */
  readonly queue: QueueKind | undefined;
  readonly hasDomain: boolean;
  readonly json: boolean;
  /** Where a page is written. */
  readonly html: string | undefined;
  /** The figure whose derivation is asked for. */
  readonly explain: string | undefined;
}

/** The plan that is asked for. */
export function planOf({ habits, region, queue, hasDomain }: Options): Plan {
  return plan(habits, {
    region,
    furtherRegions: [region === 'us-east-1' ? 'eu-west-1' : 'us-east-1'],
    hasDomain,
    chosen: queue === undefined ? {} : { queue },
    stage: undefined,
    without: [],
    needs: queue === undefined ? [] : ['message-queue'],
  });
}

export type Command = { readonly kind: 'help' } | { readonly kind: 'plan'; readonly options: Options };

function usual(id: string): string {
  return String(ASSUMPTIONS.find((row) => row.id === id)?.value ?? '');
}

export const HELP = `Usage: npm run plan -- --users N [OPTIONS]

So many users: which rung, which sizes, what it costs a month, what saturates next. It needs no network: prices and limits are
data of this project, each with its source and date, and so is every assumption.

  --users N                 users of a day (such as 1000000, 1,000,000 or 1M)
  --requests-per-user N     requests of a user in a day (default ${usual('requests-per-user')})
  --reads-per-write N       links followed for each that is made (default ${usual('reads-per-write')})
  --peak N                  the busiest minute against the average (default ${usual('peak')})
  --far SHARE               users on another continent, such as 30% (default ${usual('far')})
  --latency TIME            longest that half of the users may wait for a redirect, far ones too if there are any, such as 200ms (default ${usual('latency')}ms)
  --availability SHARE      requests that are answered, such as 99.95 (default ${String(Number(usual('availability')) * 100)})
  --growth SHARE            growth of users a month, such as 20%/month (default ${String(Number(usual('growth')) * 100)}%)
  --retention TIME          how long links are kept, such as 6months or 5years (default ${usual('retention')}months)
  --budget DOLLARS          most that a month may cost (default: no bound)
  --region NAME             where it is deployed (default us-east-1)
  --queue KIND              clicks go through a queue of that kind, of rung 8: sqs, rabbitmq or kafka (default: sqs where there is one)
  --domain                  there is a domain for it: rungs 7 and 8 need one, rung 6 outside of us-east-1, too
  --json                    one JSON document on standard output (npm run --silent plan -- --users N --json)
  --html FILE               the same as a page
  --explain FIGURE          how a figure is worked out, down to the rows of the data; without a figure of that name all are listed
  --help                    this text

Ends with 0 where a rung is enough, with 1 where none is, with 2 where this command line cannot be understood.
`;

const OPTIONS = {
  users: { type: 'string' },
  'requests-per-user': { type: 'string' },
  'reads-per-write': { type: 'string' },
  peak: { type: 'string' },
  far: { type: 'string' },
  latency: { type: 'string' },
  availability: { type: 'string' },
  growth: { type: 'string' },
  retention: { type: 'string' },
  budget: { type: 'string' },
  region: { type: 'string', default: 'us-east-1' },
  queue: { type: 'string' },
  domain: { type: 'boolean', default: false },
  json: { type: 'boolean', default: false },
  html: { type: 'string' },
  explain: { type: 'string' },
  help: { type: 'boolean', short: 'h', default: false },
} as const satisfies ParseArgsConfig['options'];

/** @throws Error with a sentence about the first thing that cannot be understood */
export function readCommand(argv: readonly string[]): Command {
  const { values } = readCommandLine('npm run plan', { args: [...argv], options: OPTIONS });
  if (values.help) return { kind: 'help' };
  if (values.users === undefined) {
    throw new Error('--users N is missing: how many users a day? npm run plan -- --help lists the options.');
  }
  return {
    kind: 'plan',
    options: {
      habits: {
        users: whole('users', values.users),
        requestsPerUser: maybe(values['requests-per-user'], (text) =>
          number('requests-per-user', text, 'a number above 0', (value) => value > 0),
        ),
        readsPerWrite: maybe(values['reads-per-write'], (text) =>
          number('reads-per-write', text, 'a number from 0 on', (value) => value >= 0),
        ),
        peak: maybe(values.peak, (text) => number('peak', text, 'a number from 1 on', (value) => value >= 1)),
        far: maybe(values.far, (text) => percentage('far', text, 'a share such as 30%')),
        latency: maybe(values.latency, time),
        availability: maybe(values.availability, available),
        growth: maybe(values.growth, (text) =>
          share('growth', text.replace(/\s*(\/|a |per )\s*month$/, ''), 'a share such as 20%/month', 10),
        ),
        retention: maybe(values.retention, months),
        budget: maybe(values.budget, (text) =>
          number('budget', text.replace(/^\$/, ''), 'dollars a month above 0', (value) => value > 0),
        ),
      },
      region: regionOf(values.region),
      queue: maybe(values.queue, kindOf),
      hasDomain: values.domain,
      json: values.json,
      html: values.html,
      explain: values.explain,
    },
  };
}

function maybe<T>(text: string | undefined, read: (text: string) => T): T | undefined {
  return text === undefined ? undefined : read(text.trim());
}

const SCALES: Readonly<Record<string, number>> = { '': 1, k: 1e3, m: 1e6, b: 1e9 };

function number(option: string, text: string, expected: string, isFine: (value: number) => boolean): number {
  const value = readNumber(text);
  if (!Number.isFinite(value) || !isFine(value)) {
    throw new Error(`--${option} ${text}: expected ${expected}.`);
  }
  return value;
}

/** `1000000`, `1,000,000`, `1M`; NaN for what is no number from 0 on. */
function readNumber(text: string): number {
  const [, digits = '', scale = ''] = /^(\d[\d,_]*(?:\.\d+)?|\.\d+)([kmb]?)$/i.exec(text) ?? [];
  return digits === '' ? NaN : Number(digits.replaceAll(/[,_]/g, '')) * (SCALES[scale.toLowerCase()] ?? NaN);
}

/** So many are more than people. */
const MOST_USERS = 1e11;

function whole(option: string, text: string): number {
  return number(
    option,
    text,
    'a whole number of users from 1 to 100,000,000,000, such as 1000000 or 1M',
    (value) => Number.isSafeInteger(value) && value >= 1 && value <= MOST_USERS,
  );
}

/** `30%`, `30 %` or `0.3`. */
function share(option: string, text: string, expected: string, most: number): number {
  const [, percent] = /^(.*?)\s*%$/.exec(text) ?? [];
  const value = readNumber(percent ?? text) / (percent === undefined ? 1 : 100);
  if (!(value <= most)) throw new Error(`--${option} ${text}: expected ${expected}.`);
  return value;
}

function percentage(option: string, text: string, expected: string): number {
  return share(option, text, expected, 1);
}

/** `99.95`, `99.95%` or `0.9995`; a bare 1 could be both. */
function available(text: string): number {
  const expected = 'a share below 100 %, such as 99.95';
  const value = number(
    'availability',
    text.replace(/\s*%$/, ''),
    expected,
    (given) => given > 0 && given < 100 && given !== 1,
  );
  return value < 1 && !text.endsWith('%') ? value : value / 100;
}

function time(text: string): number {
  const [, digits = '', unit = 'ms'] = /^([\d.]+)\s*(ms|s)?$/.exec(text) ?? [];
  return (
    number('latency', digits === '' ? text : digits, 'a time such as 200ms', (value) => value > 0) *
    (unit === 's' ? 1000 : 1)
  );
}

function months(text: string): number {
  const [, digits = '', unit = 'months'] = /^([\d.]+)\s*(months?|m|years?|y)?$/.exec(text) ?? [];
  return (
    number(
      'retention',
      digits === '' ? text : digits,
      'a time such as 6months or 5years',
      (value) => value > 0,
    ) * (unit.startsWith('y') ? 12 : 1)
  );
}

function kindOf(text: string): QueueKind {
  const kind = QUEUE_KINDS.find((each) => each === text);
  if (kind !== undefined) return kind;
  const near = nearest(text, QUEUE_KINDS);
  throw new Error(
    `--queue ${text}: expected sqs, rabbitmq or kafka.${near === undefined ? '' : ` Did you mean ${near}?`}`,
  );
}

function regionOf(text: string): Region {
  const region = REGIONS.find((each) => each === text);
  if (region !== undefined) return region;
  const near = nearest(text, REGIONS);
  const why = isUntrusted(text) ? ', which cannot be deployed to yet' : '';
  throw new Error(
    `--region ${text}${why}: expected a region of AWS such as us-east-1.${near === undefined ? '' : ` Did you mean ${near}?`}`,
  );
}
