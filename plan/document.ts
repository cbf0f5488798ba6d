/** docs/planner.md: how to use the planner, its model on a page, and the data that it rests on. */
import { ASSUMPTIONS, LIMITS, MEASURED, PRICES } from '../lib/capacity/data';
import type { Row } from '../lib/capacity/figure';
import { NOT_MODELLED } from '../lib/capacity/not-modelled';

export function plannerPage(): string {
  return [
    '# The planner',
    '`npm run plan` answers what a team comes with: so many users, so which rung, which sizes, what does it cost, and what breaks next? It needs no account and no network. This page is written by `npm run docs` from `plan/document.ts` and the data; a test checks that it is current.',
    '```sh\nnpm run plan -- --users 1000000\nnpm run plan -- --users 1000000 --availability 99.95 --explain cost\n```',
    'The answer is one screen: the lowest rung that can be deployed, carries the load at peak, and keeps availability, distance and budget; the line that deploys it; cost, utilisation, what saturates first and when; what the rung below lacks and the one above adds. `--explain list` names every figure, `--explain FIGURE` follows one down to rows of the data. `-- --help` lists the options, `--json` and `--html FILE` give the same as data and as a page.',
    '`npx cdk deploy --all -c users=1000000` (_needs an account_) deploys the plan of so many users with habits as usual, as far as the settings do not say otherwise: a `stage` or a size that is set wins. With other habits the line that `plan` prints names stage and sizes.',
    '## The model',
    MODEL.map((line) => `- ${line}`).join('\n'),
    '## Against single events, and against a real machine',
    CHECKED.map((line) => `- ${line}`).join('\n'),
    '## What is not modelled',
    NOT_MODELLED.map(({ name, would }) => `- **${name}**: ${would}`).join('\n'),
    '## Assumptions',
    '“Low” is where all goes well and cheaply, “high” where it does not; without them the value stands for all three.',
    table(ASSUMPTIONS),
    '## What was measured',
    'Processor time on the machine that the row names: `npm run measured -- costs ladder` (_needs ten quiet minutes_) writes these rows, `lib/capacity/data/measured.json`, out of the tables of docs/measured.md.',
    table(MEASURED),
    '## Published limits',
    table(LIMITS),
    '## Prices',
    `${String(PRICES.length)} prices with their sources are in \`lib/capacity/data/prices.json\`, by region: ${regions()}. A rung in a region whose table lacks a main price (servers, database, cache, load balancer, NAT gateway, RabbitMQ’s and Kafka’s brokers) has no cost here; it can be deployed all the same. Small prices that a region lacks are us-east-1’s, and the plan says so, as it does of prices more than a year old.`,
    '',
  ].join('\n\n');
}

const MODEL = [
  '**Load**: requests a second are users × requests of a user / 86,400, and the peak so many times that. Each redirect is a click.',
  '**Memory and cache**: visits are spread over links by Zipf’s law with exponent 1, so the share that a memory of so many seconds does not answer has a closed form (`lib/capacity/skew.ts`). A process remembers a link for a second, the cache for five minutes; the same form says how many clicks a batch holds and how many pages the database writes between two checkpoints.',
  '**Processors**: measured time of each way of a request × the ratio of published single-thread speeds. A process that finds requests one at a time wakes for each, and takes several times what it takes where many come at once: `real-traffic` says what that makes at 60 % busy. Databases are counted one statement at a time. No processor is planned above 60 % at peak, no published limit above 70 %.',
  '**Parts**: servers and their network, primary, replicas, their disks (3,000 operations a second below 400 GB, 12,000 from there), storage and connections, cache, CloudFront, click workers: Lambda’s with SQS, and with RabbitMQ or Kafka (`--queue`) one on each server, whose time is the servers’. Each data center is sized to carry all alone.',
  '**Time**: a server hands requests to its processes in turn (GI/M/1 with Erlang arrivals); cache and databases are M/M/1 and M/M/c; a way’s stays add up to a gamma distribution of their mean and variance.',
  '**Availability**: failures a year × the time until it is whole again, for what the rung does not survive; reads and writes apart, and for each loss how long they wait. Beside it stands the product of AWS’s SLAs, below which AWS pays back: that says nothing of what happens.',
  '**Cost**: each line of the bill as quantity × price, at the average load; t4g’s bursts above their baseline are billed; CloudFront is offered by use and at its flat rates, and the number of users is looked for from which it saves more than it costs.',
  '**Sizes**: of all that keep their bounds the cheapest, at us-east-1’s prices, so that a plan has the same sizes everywhere.',
];

const CHECKED = [
  'A simulation of single events (`test/lib/capacity/simulation.ts`) knows sizes, rates and processor times, and none of the formulas. Its p50 and p99 are within a tenth of the queues’ on rungs 1 to 8, from 3 % to 60 % busy. A first model with a common queue for all processes was a quarter too low at 16 processes half busy: they are asked in turn, so some wait while others are idle.',
  'The ladder’s bench has all parts and the load on the same two cores (docs/measured.md, of the same run as the rows below). At each rung’s highest rate the model, with all of them counted on two cores, says 179 µs a request for rung 2, where the bench took 172; 304 for 331 at rung 3; 394 for 618 at rung 5. That p99 of 50 ms is reached when the two cores are 72 to 90 % busy. What is left at rung 5 is the servers’ own time: eleven processes share two cores there, and each may wake with cold caches, which was not measured; on AWS these are machines of their own. HAProxy, the cache and the load have no row in the model, so the bench’s own figure stands in for them. An earlier model counted a server with two cores of its own against that bench, and was four times off.',
];

function table(rows: readonly Row[]): string {
  const spread = ({ low, high }: Row): string =>
    low === undefined && high === undefined ? '' : `${shown(low)} to ${shown(high)}`;
  return [
    '| what | value | low to high | source | date |',
    '| --- | --- | --- | --- | --- |',
    ...rows.map(
      (row) =>
        `| \`${row.id}\`: ${row.what} | ${shown(row.value)} ${row.unit} | ${spread(row)} | ${row.source} | ${row.date} |`,
    ),
  ].join('\n');
}

function shown(value: number | undefined): string {
  return value === undefined ? '' : value.toLocaleString('en-US', { maximumFractionDigits: 6 });
}

function regions(): string {
  return [...new Set(PRICES.map(({ region }) => region))]
    .map((region) => `${region} ${String(PRICES.filter((price) => price.region === region).length)}`)
    .join(', ');
}
