/** The data that plans rest on: assumptions, what was measured, published limits, prices. Each row has its source and date. */
import assumptions from './data/assumptions.json';
import limits from './data/limits.json';
import machineRows from './data/machines.json';
import measured from './data/measured.json';
import priceRows from './data/prices.json';
import { derive, type Figure, rowFigure, type Row } from './figure';

/** A price, in one region, at one of CloudFront's edges, or everywhere. */
export interface Price extends Row {
  readonly region: string;
}

/** A size that a part can have. */
export interface Machine {
  readonly kind: string;
  /** AWS's name, without `db.` or `cache.`. */
  readonly type: string;
  readonly vcpus: number;
  readonly memoryGiB: number;
  /** What its single thread's speed goes by. */
  readonly family: string;
  /** What its network carries for long. */
  readonly networkMbps?: number | undefined;
  /** The share of its processors that may be busy for long; what is above is billed. @default - all of them */
  readonly baseline?: number | undefined;
  readonly source: string;
  readonly date: string;
}

export const ASSUMPTIONS: readonly Row[] = assumptions;
export const MEASURED: readonly Row[] = measured;
export const LIMITS: readonly Row[] = limits;
export const PRICES: readonly Price[] = priceRows;
export const MACHINES: readonly Machine[] = machineRows;

const ROWS = new Map([...ASSUMPTIONS, ...MEASURED, ...LIMITS].map((row) => [row.id, rowFigure(row)]));

/** An assumption, a measured value or a limit, by its id. */
export function row(id: string): Figure {
  const found = ROWS.get(id);
  if (found === undefined) throw new Error(`The planner’s data has no row ${id}.`);
  return found;
}

/** The size of that kind and name. */
export function machineOf(kind: 'server' | 'database' | 'cache', type: string): Machine | undefined {
  return MACHINES.find((machine) => machine.kind === kind && machine.type === type);
}

/** The sizes of a kind that a plan may choose, the cheaper first. */
export function machines(kind: 'server' | 'database' | 'cache'): readonly Machine[] {
  return MACHINES.filter((machine) => machine.kind === kind);
}

/** Where every price is known. */
const BEST_KNOWN = 'us-east-1';

/** Prices that are little of any bill: a region whose table lacks one takes us-east-1's, and the plan says so. */
const SMALL =
  /^(alarm|dashboard|custom-metric|logs-|secret$|sqs-|lambda-|between-|ebs-snapshot|interface-endpoint|load-balancer-lcu|rds-t4g-credits|s3-|internet-out-|mq-storage$|msk-storage$)/;

/** The price in a region; undefined where there is none that could stand for it. */
export function price(id: string, region: string): Figure | undefined {
  const own = PRICES.find((each) => each.id === id && [region, 'everywhere'].includes(each.region));
  if (own !== undefined) return priced(own);
  const [, type] = /^rds-(.*)-multi$/.exec(id) ?? [];
  const single = type === undefined ? undefined : price(`rds-${type}-single`, region);
  if (single !== undefined) {
    return derive(
      {
        id: `price-${id}@${region}`,
        what: `rds ${type ?? ''} with a standby, ${region}`,
        unit: single.unit,
        how: 'without one × standby-price',
      },
      { single, factor: row('standby-price') },
      (of) => of.single * of.factor,
    );
  }
  const elsewhere = SMALL.test(id)
    ? PRICES.find((each) => each.id === id && each.region === BEST_KNOWN)
    : undefined;
  return elsewhere === undefined
    ? undefined
    : derive(
        {
          id: `price-${id}@${region}`,
          what: `${elsewhere.what}, ${region}`,
          unit: elsewhere.unit,
          how: `${BEST_KNOWN}’s price × other-region-prices`,
        },
        { known: priced(elsewhere), factor: row('other-region-prices') },
        (of) => of.known * of.factor,
      );
}

/** Whether a price is another region's. */
export function isBorrowed(figure: Figure): boolean {
  return figure.from.some(({ id }) => id === 'other-region-prices');
}

function priced(row_: Price): Figure {
  const leaf = rowFigure({ ...row_, id: `price-${row_.id}@${row_.region}` });
  return row_.confidence === 'medium'
    ? derive(
        { ...leaf, id: `${leaf.id}~`, how: 'its row × price-of-medium-confidence' },
        { leaf, unsure: row('price-of-medium-confidence') },
        (of) => of.leaf * of.unsure,
      )
    : leaf;
}

/** Whether a date, of a year, a month or a day, is more than a year before `today` (YYYY-MM-DD). */
export function isOld(date: string, today: string): boolean {
  const [year = '', month = '12', day = '28'] = date.split('-');
  const [thisYear = '', thisMonth = '', thisDay = ''] = today.split('-');
  return `${String(Number(year) + 1)}-${month}-${day}` < `${thisYear}-${thisMonth}-${thisDay}`;
}
