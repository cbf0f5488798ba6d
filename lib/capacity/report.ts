/** A plan in words and tables, for whatever shows it: the screen, a page, a document. */
import { BUILT_RUNGS, LADDER } from '../scaling-plan';
import { type Bill, partsOf } from './cost/bill';
import { isBorrowed, isOld } from './data';
import { edgeBalanceOf } from './edge-balance';
import { type Figure, rowsBelow, type Spread } from './figure';
import type { Habits } from './load';
import { type Judged, named, type Plan } from './plan';
import { contextOf } from './planned';
import { NOT_MODELLED } from './not-modelled';

export interface Table {
  readonly title: string;
  /** Headings of the columns after the first. */
  readonly columns: readonly string[];
  readonly rows: readonly (readonly [name: string, ...cells: readonly string[]])[];
}

export interface Report {
  /** The answer, in a sentence. */
  readonly headline: string;
  /** The line to paste. */
  readonly command: string;
  /** What that makes of each part, by the settings' names. */
  readonly sizes: Readonly<Record<string, string | number>>;
  /** What must be there beside it. */
  readonly needs: readonly string[];
  readonly load: string;
  readonly cost: Table;
  readonly utilisation: Table;
  readonly rungs: Table;
  /** Sentences, the most important first: a heading and what is said under it. */
  readonly says: readonly (readonly [heading: string, sentence: string])[];
  /** What must be known of the figures, likewise. */
  readonly notes: Report['says'];
}

/** @param today YYYY-MM-DD, by which a price is called old */
export function reportOf(made: Plan, today: string): Report {
  const { answer, load, isEnough } = made;
  return {
    headline: headlineOf(made),
    command: commandOf(made),
    sizes: sizesOf(answer),
    needs: needsOf(made),
    load: `${count(load.average.expected)} requests a second, ${count(load.requests.expected)} at peak (${count(load.redirects.expected)} redirects, ${count(load.creates.expected)} links made); ${count(load.links.expected)} links kept.`,
    cost: costTable(answer),
    utilisation: {
      title: 'Busy at peak',
      columns: ['busy', 'most'],
      rows: answer.site.parts.map(({ what, utilisation, bound }) => [
        what,
        percent(utilisation.expected),
        percent(bound.expected),
      ]),
    },
    rungs: rungsTable(made),
    says: [
      ['saturates first', saturationSentence(made)],
      ['failures', failuresSentence(answer)],
      ['answered', availabilitySentence(answer)],
      ['time', timeSentence(answer)],
      ['rung below', besideSentence(made, made.below, 'below')],
      ['rung above', besideSentence(made, made.above, 'above')],
      ...edgeSentences(made),
      ...(answer.over.length === 0 ? [] : [['beyond', BEYOND] as const]),
      ...(answer.plan.loadBalancer || !isEnough ? [] : [['why climb', ONE_SERVER] as const]),
    ],
    notes: [
      ...(made.forDomain.length === 0
        ? []
        : [['with a domain', `${made.forDomain.join('; ')} could be deployed, too (--domain).`] as const]),
      ...priceSentences(made, today),
      [
        'not modelled',
        `${NOT_MODELLED.map(({ name }) => name).join(', ')}: docs/planner.md says what each would change.`,
      ],
    ],
  };
}

const BEYOND = LADDER.filter(({ built }) => !built)
  .map(
    ({ number, name, adds }) =>
      `rung ${String(number)}, ${name}, would add ${adds}; this version does not build it.`,
  )
  .join(' ');

const ONE_SERVER =
  'The climb is for what one server cannot: to lose a server, or be deployed over, without a failed request (3), to lose the database (4), to be near to far users (6, 7), to lose a region (7), to lose no click (8).';

function headlineOf({ answer, isEnough, habits }: Plan): string {
  const who = `${count(habits.users)} ${habits.users === 1 ? 'user' : 'users'} a day`;
  const rung = named(answer.place);
  if (isEnough) return `${who}: take rung ${rung}.${answer.plan.loadBalancer ? '' : ' One server would do.'}`;
  return `${who}: no rung is enough. Rung ${rung} lacks least: ${answer.lacks.map(({ sentence }) => sentence).join('; ')}.`;
}

/** The line that deploys a plan. */
function commandOf(made: Plan): string {
  const context = Object.entries(contextOf(made)).map(
    ([name, value]) => `-c ${name}=${/^[\w.,-]+$/.test(value) ? value : `"${value}"`}`,
  );
  return ['npx cdk deploy --all', ...context].join(' ');
}

/** The sizes of the parts that there are. */
function sizesOf({ plan }: Judged): Report['sizes'] {
  const { serverInstanceType, databaseInstanceType, cacheNodeType, queues } = plan;
  return {
    serverInstanceType,
    ...(plan.loadBalancer ? { minServers: plan.minServers, maxServers: plan.maxServers } : {}),
    ...(plan.databaseOnServer ? { serverVolumeGiB: plan.serverVolumeGiB } : {}),
    ...(plan.database
      ? {
          databaseInstanceType,
          databaseStorageGiB: plan.databaseStorageGiB,
          databaseMaxStorageGiB: plan.databaseMaxStorageGiB,
        }
      : {}),
    ...(plan.databaseStandby ? { replicas: plan.replicas } : {}),
    ...(plan.cache ? { cacheNodeType } : {}),
    ...(queues.includes('rabbitmq') ? { rabbitmqInstanceType: plan.rabbitmqInstanceType } : {}),
    ...(queues.includes('kafka')
      ? { kafkaInstanceType: plan.kafkaInstanceType, kafkaStorageGiB: plan.kafkaStorageGiB }
      : {}),
  };
}

function needsOf(made: Plan): readonly string[] {
  const { answer, setting } = made;
  const { plan } = answer;
  return [
    ...('users' in contextOf(made) ? ['What cdk.json sets wins: leave stage and sizes out there.'] : []),
    ...(setting.hasDomain && (plan.cdn || plan.dataCenters)
      ? ['With your domainName and hostedZoneId in cdk.json.']
      : []),
    ...(plan.serverVolume && plan.loadBalancer && !answer.place.without.includes('single-server')
      ? [
          'As a first deployment add -c without=single-server' +
            (answer.place.without.length === 0 ? '' : `,${answer.place.without.join(',')}`) +
            ': there is nothing to carry over.',
        ]
      : []),
  ];
}

function costTable(answer: Judged): Table {
  const { bill, atRest, regions } = answer;
  const title = `A month in ${regions.join(', ')}`;
  const columns = ['low', 'expected', 'high', 'at rest'];
  if (!bill.known || !atRest.known) return { title, columns, rows: [['together', '?', '?', '?', '?']] };
  const rest = new Map(partsOf(atRest.items).map((part) => [part.what, part]));
  return {
    title,
    columns,
    rows: [
      ...partsOf(bill.items).map((part) => moneyRow(part.what, part, rest.get(part.what))),
      moneyRow('together', bill.total, atRest.total),
    ],
  };
}

function moneyRow(
  name: string,
  cost: Spread,
  rest: Spread | undefined,
): readonly [string, ...(readonly string[])] {
  return [name, dollars(cost.low), dollars(cost.expected), dollars(cost.high), dollars(rest?.expected ?? 0)];
}

function refused(bill: Bill): string {
  return bill.known
    ? ''
    : `not known: there is no price for ${bill.missing.join(', ')}; it can be deployed all the same`;
}

function rungsTable({ rungs, answer }: Plan): Table {
  return {
    title: 'Every rung at this load',
    columns: ['a month', 'answered', 'far user', 'lacks'],
    rows: rungs.map((rung) => [
      `${rung === answer ? '→ ' : '  '}${named(rung.place)}`,
      rung.bill.known ? dollars(rung.bill.total.expected) : '?',
      percent(rung.availability.all.expected, 3),
      `${count(rung.response.far.expected)} ms`,
      [...new Set(rung.lacks.map(({ kind }) => kind))].join(', ') || '–',
    ]),
  };
}

function saturationSentence({ saturation, load }: Plan): string {
  const { part, users, months } = saturation;
  const when =
    months === undefined
      ? 'not within a hundred years at this growth'
      : months === 0
        ? 'now'
        : `in ${duration(months)} at ${percent(load.growth.expected)} a month`;
  return `${part.what}, at ${count(users)} users a day: ${when}.`;
}

function duration(months: number): string {
  return months < 24 ? `${months.toFixed(months < 10 ? 1 : 0)} months` : `${(months / 12).toFixed(1)} years`;
}

function availabilitySentence({ availability, plan }: Judged): string {
  const { reads, writes, paidBack } = availability;
  return `${percent(reads.expected, 3)} of redirects and ${percent(writes.expected, 3)} of links made, by what ${plan.stageName} survives (${percent(availability.all.high, 2)} to ${percent(availability.all.low, 3)} together). AWS pays back below ${percent(paidBack.expected, 2)}, the product of its SLAs.`;
}

/** Losses that come to the same are told together. */
function failuresSentence({ availability: { losses } }: Judged): string {
  const minutes = (figure: Figure | undefined): string =>
    figure === undefined
      ? 'none'
      : figure.expected < 60
        ? `${String(figure.expected)} min`
        : `${String(figure.expected / 60)} h`;
  const told = losses.map(({ what, reads, writes }): readonly [string, string] => {
    const [read, written] = [minutes(reads), minutes(writes)];
    return [
      what,
      writes === undefined
        ? 'no request fails'
        : reads === undefined
          ? `no redirect fails, links cannot be made for ${written}`
          : read === written
            ? `all requests wait ${read}`
            : `redirects wait ${read}, links cannot be made for ${written}`,
    ];
  });
  const kinds = [...new Set(told.map(([, kind]) => kind))];
  return `${kinds
    .map((kind) => `${list(told.filter(([, its]) => its === kind).map(([what]) => what))}: ${kind}`)
    .join('; ')}.`;
}

/** The first few of them, and how many more there are. */
function few(words: readonly string[]): string {
  const more = words.length - FEW;
  return [...words.slice(0, FEW), ...(more > 0 ? [`${String(more)} more`] : [])].join(', ');
}

const FEW = 2;

function list(words: readonly string[]): string {
  return [words.slice(0, -1).join(', '), ...words.slice(-1)].filter((part) => part !== '').join(' or ');
}

function timeSentence({ response }: Judged): string {
  return `half of the redirects take ${ms(response.p50.expected)} in the data center, 99 of 100 ${ms(response.p99.expected)}; a first redirect takes near users ${ms(response.near.expected)}, far ones ${ms(response.far.expected)}.`;
}

function besideSentence({ answer }: Plan, beside: Judged | undefined, where: 'below' | 'above'): string {
  if (beside === undefined) {
    return where === 'below' ? 'there is none.' : 'there is none that can be deployed with these settings.';
  }
  const difference =
    beside.bill.known && answer.bill.known
      ? ` (${signed(beside.bill.total.expected - answer.bill.total.expected)} a month)`
      : '';
  const rung = BUILT_RUNGS.find(({ number }) => number === beside.place.stage);
  return where === 'below'
    ? `${named(beside.place)}${difference} ${
        beside.lacks.length === 0
          ? 'would do it as well'
          : `is not enough: ${beside.lacks.map(({ sentence }) => sentence).join('; ')}`
      }.`
    : `${named(beside.place)}${difference} would add ${rung?.adds ?? ''}: ${percent(beside.availability.all.expected, 3)} answered, far users wait ${ms(beside.response.far.expected)}${
        beside.lacks.length === 0 ? '' : `; it lacks ${beside.lacks.map(({ kind }) => kind).join(', ')}`
      }.`;
}

/** Most of the money lies at the edge: both ways to pay for it, and whether it ever saves what it costs. */
function edgeSentences({ answer, rungs, habits }: Plan): readonly (readonly [string, string])[] {
  const { bill } = answer;
  const edge = rungs.find(({ plan, place }) => plan.cdn && place.stage === 6);
  const before = rungs.find(({ place }) => place.stage === 5);
  const pays = (): readonly (readonly [string, string])[] =>
    edge === undefined || before === undefined ? [] : [['rung 6', edgeBalance(habits, edge, before)]];
  if (!bill.known || answer.place.stage < 5) return [];
  if (bill.edgeByUse === undefined) return pays();
  const { edgeByUse, edgeFlatRate } = bill;
  const flat =
    edgeFlatRate === undefined
      ? 'no flat-rate plan holds so many requests'
      : `${dollars(edgeFlatRate.expected)} by CloudFront’s flat-rate plan (${edgeFlatRate.how}), so ${
          edgeFlatRate.expected < edgeByUse.expected ? 'the plan is' : 'use is'
        } cheaper`;
  return [
    [
      'edge',
      `CloudFront and its firewall cost ${dollars(edgeByUse.expected)} by use, which this deploys; ${flat}.`,
    ],
    ...pays(),
  ];
}

function edgeBalance(habits: Habits, edge: Judged, before: Judged): string {
  const { difference, paysFrom } = edgeBalanceOf(habits, edge, before);
  return [
    difference > 0
      ? `CloudFront, the cheaper way, costs ${dollars(difference)} more a month here than the bytes that it saves`
      : `CloudFront, the cheaper way, saves ${dollars(-difference)} a month here`,
    paysFrom === undefined
      ? ', as at any number of users: it is there for far users, as a first defence, and for files.'
      : `; it costs more than it saves below ${count(paysFrom)} users a day.`,
  ].join('');
}

/** What of the prices is old, or another region's. */
function priceSentences({ answer }: Plan, today: string): readonly (readonly [string, string])[] {
  const { bill, regions } = answer;
  if (!bill.known) return [['prices', `${refused(bill)}.`]];
  const priced = pricesBelow(bill.items.map(({ cost }) => cost));
  const old = priced.filter(({ date }) => isOld(date, today));
  const unsure = priced.filter(({ confidence }) => confidence === 'low');
  const oldest = old.map(({ date }) => date).sort()[0];
  const borrowed = [
    ...new Set(bill.items.flatMap(({ cost }) => cost.from.filter(isBorrowed)).map(({ id }) => id)),
  ];
  return [
    ...(oldest === undefined
      ? []
      : [
          [
            'old prices',
            `${String(old.length)} of ${String(priced.length)} prices are more than a year old, the oldest of ${oldest}: ${few([...new Set(old.map(({ id }) => id.replace(/^price-|@.*$/g, '')))])}.`,
          ] as const,
        ]),
    ...(unsure.length === 0
      ? []
      : [
          [
            'unsure prices',
            `${unsure.map(({ what }) => what).join(', ')}: no good source was found, so low and high are far apart (--explain cost).`,
          ] as const,
        ]),
    ...(borrowed.length === 0
      ? []
      : [
          [
            'borrowed',
            `${String(borrowed.length)} small prices are us-east-1’s, for the data has none of ${regions.filter((region) => borrowed.some((id) => id.endsWith(`@${region}`))).join(', ')}.`,
          ] as const,
        ]),
  ];
}

function pricesBelow(figures: readonly Figure[]) {
  return rowsBelow(figures).filter(({ unit, id }) => unit.startsWith('$') && id.startsWith('price-'));
}

/** A whole number with its thousands apart; small ones with what tells them apart. */
export function count(value: number): string {
  if (value === 0) return '0';
  if (value < 0.001) return value.toPrecision(1);
  const digits = value < 1 ? 3 : value < 10 ? 1 : 0;
  return Number(value.toFixed(digits)).toLocaleString('en-US', { maximumFractionDigits: digits });
}

export function dollars(value: number): string {
  return `$${value.toLocaleString('en-US', { maximumFractionDigits: value > 0 && value < 1 ? 2 : 0 })}`;
}

function signed(value: number): string {
  return `${value < 0 ? '−' : '+'}${dollars(Math.abs(value))}`;
}

export function percent(share: number, digits = share < 0.1 ? 1 : 0): string {
  return `${(share * 100).toFixed(digits)} %`;
}

function ms(value: number): string {
  return Number.isFinite(value)
    ? `${value < 10 ? value.toFixed(1) : count(Math.round(value))} ms`
    : 'for ever';
}
