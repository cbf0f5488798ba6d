/** What stands before all data centers, and what it costs by use and at a flat rate. */
import { row } from '../data';
import { derive, type Figure, given } from '../figure';
import { inventoryOf } from '../inventory';
import type { Load } from '../load';
import {
  counted,
  type Deployment,
  EDGE_REGION,
  HOURS,
  type Item,
  linesOf,
  priceIn,
  type StackKind,
} from './line';

/** Requests of a month at the edge, those for the page's files included. */
function edgeRequests(load: Load): Figure {
  return derive(
    {
      id: 'edge-requests',
      what: 'requests of a month at the edge',
      unit: '1/month',
      how: '(average + creates / peak × page-requests) × 3600 × hours-a-month',
    },
    {
      average: load.average,
      creates: load.creates,
      peak: load.peak,
      pages: row('page-requests'),
      hours: HOURS,
    },
    (of) => (of.average + (of.creates / of.peak) * of.pages) * 3600 * of.hours,
  );
}

/** Above how many GB a further tier of CloudFront's price begins, and its price. */
const TIERS = [
  [0, 'cloudfront-out-10'],
  [10_000, 'cloudfront-out-50'],
  [50_000, 'cloudfront-out-150'],
  [150_000, 'cloudfront-out-500'],
] as const;

export function edgeItems(deployment: Deployment, load: Load): readonly Item[] {
  const requests = edgeRequests(load);
  const line = linesOf({ region: EDGE_REGION }, 'CloudFront and firewall');
  const stack: StackKind = deployment.hasDomain ? 'edge' : 'app';
  const sent = derive(
    {
      id: 'edge-gb',
      what: 'bytes that CloudFront sends to users in a month',
      unit: 'GB/month',
      how: 'average × bytes, a month',
    },
    { average: load.average, bytes: row('bytes'), hours: HOURS },
    (of) => (of.average * of.bytes * 3600 * of.hours) / 1e9,
  );
  return [
    line(
      stack,
      {
        id: 'cloudfront-requests',
        what: 'CloudFront’s requests',
        how: '(edge-requests − free-cloudfront-requests) / 10,000 × price, far users at Europe’s',
      },
      {
        requests,
        free: row('free-cloudfront-requests'),
        far: load.far,
        near: priceIn('cloudfront-requests', 'edge-north-america'),
        abroad: priceIn('cloudfront-requests', 'edge-europe'),
      },
      (of) => (Math.max(0, of.requests - of.free) / 1e4) * (of.near * (1 - of.far) + of.abroad * of.far),
    ),
    line(
      stack,
      {
        id: 'cloudfront-out',
        what: 'CloudFront’s bytes to users',
        how: '(edge-gb − free-cloudfront-gb), tier by tier, × price',
      },
      {
        sent,
        free: row('free-cloudfront-gb'),
        ...tierPrices(),
      },
      (of) => tiered(Math.max(0, of.sent - of.free), of),
    ),
    line(
      stack,
      { id: 'firewall', what: 'firewall', how: 'price + rules × price + edge-requests / 1,000,000 × price' },
      {
        acl: priceIn('waf-acl', EDGE_REGION),
        rules: given(
          'firewall-rules',
          'rules of the firewall',
          'rules',
          4,
          'lib/constructs/edge/firewall.ts',
        ),
        rule: priceIn('waf-rule', EDGE_REGION),
        requests,
        each: priceIn('waf-requests', EDGE_REGION),
      },
      (of) => of.acl + of.rules * of.rule + (of.requests / 1e6) * of.each,
    ),
    line(
      stack,
      {
        id: 'edge-key',
        what: 'the edge’s key, and its access logs',
        how: 'price + edge-requests × access-log-bytes × log-months × price',
      },
      {
        // Without a domain the edge is in a stack that has a key already.
        keys: counted('edge-keys', 'keys of the edge’s own', deployment.hasDomain ? 1 : 0),
        key: priceIn('kms-key', EDGE_REGION),
        requests,
        bytes: row('access-log-bytes'),
        months: row('log-months'),
        each: priceIn('s3-storage', EDGE_REGION),
      },
      (of) => of.keys * of.key + (of.requests * of.bytes * of.months * of.each) / 1e9,
    ),
  ];
}

/** Prices by the names of their rows. */
function tierPrices(): Readonly<Record<string, Figure>> {
  return Object.fromEntries(TIERS.map(([, id]) => [id, priceIn(id, 'edge-north-america')]));
}

function tiered(gb: number, prices: Readonly<Record<string, number>>): number {
  return TIERS.reduce((total, [from, id], place) => {
    const [until] = TIERS[place + 1] ?? [Infinity];
    return total + Math.max(0, Math.min(gb, until) - from) * (prices[id] ?? 0);
  }, 0);
}

/** The flat-rate plans by the requests that they hold; undefined above the largest. */
export function flatRateOf(load: Load): Figure | undefined {
  const requests = edgeRequests(load);
  const plans = (['free', 'pro', 'business', 'premium'] as const).map((name) => ({
    name,
    holds: row(`flat-rate-${name}`),
    costs: priceIn(`flat-rate-${name}`, EDGE_REGION),
  }));
  const fitting = plans.find(({ holds }) => requests.expected <= holds.expected);
  const naming = {
    id: 'edge-flat-rate',
    what: 'CloudFront and its firewall by the flat-rate plan',
    unit: '$/month',
  };
  if (fitting !== undefined) {
    return derive(
      { ...naming, how: `the plan ${fitting.name}, which holds edge-requests` },
      { requests, holds: fitting.holds, costs: fitting.costs },
      (of) => of.costs,
    );
  }
  const premium = plans.at(-1);
  const largest = row('flat-rate-largest');
  if (premium === undefined || requests.expected > largest.expected) return undefined;
  return derive(
    {
      ...naming,
      how: 'between Premium and its largest level in a straight line',
    },
    {
      requests,
      from: premium.holds,
      least: premium.costs,
      to: largest,
      most: row('flat-rate-largest-price'),
    },
    (of) => of.least + ((of.requests - of.from) / (of.to - of.from)) * (of.most - of.least),
  );
}

export function nameItems({ plan, regions }: Deployment): readonly Item[] {
  const line = linesOf({ region: EDGE_REGION }, 'DNS and certificate');
  const counts = inventoryOf(plan, { isFirst: true, regions: regions.length, edgeAlone: false });
  return [
    line(
      'edge',
      { id: 'hosted-zone', what: 'the domain’s zone', how: 'price' },
      { each: priceIn('hosted-zone', EDGE_REGION) },
      (of) => of.each,
    ),
    ...(plan.dataCenters
      ? [
          line(
            'app',
            {
              id: 'health-checks',
              what: 'health checks',
              how: 'regions × (asking checks × (price + 2 options) + combining checks × price)',
            },
            {
              regions: given('regions', 'regions', 'regions', regions.length),
              asking: counted('asking-checks', 'health checks that ask, of a region', counts.askingChecks),
              combining: counted(
                'combining-checks',
                'health checks that combine others, of a region',
                counts.combiningChecks,
              ),
              each: priceIn('health-check', EDGE_REGION),
              option: priceIn('health-check-option', EDGE_REGION),
            },
            (of) => of.regions * (of.asking * (of.each + 2 * of.option) + of.combining * of.each),
          ),
        ]
      : []),
  ];
}
