/** How a figure is worked out, down to the rows of the data. */
import { type Figure, within } from '../lib/capacity/figure';
import type { Plan } from '../lib/capacity/plan';

/** Every figure of a plan, by its id. */
export function figuresOf({ answer, load }: Plan): ReadonlyMap<string, Figure> {
  const { bill, site, availability, response } = answer;
  return within([
    ...(bill.known
      ? [bill.total, ...[bill.edgeByUse, bill.edgeFlatRate].flatMap((figure) => figure ?? [])]
      : []),
    ...site.parts.flatMap(({ utilisation, bound }) => [utilisation, bound]),
    site.serversAtPeak,
    site.serversOnAverage,
    availability.all,
    availability.paidBack,
    response.near,
    response.far,
    load.requests,
    load.far,
    load.latency,
    load.availability,
    load.growth,
  ]);
}

/** The derivation as a tree: each figure with its value and how it is worked out, rows with source and date. */
export function explain(figure: Figure): string {
  const seen = new Set<string>();
  const tree = (one: Figure, depth: number): readonly string[] => {
    const before = '  '.repeat(depth);
    const known = seen.has(one.id);
    seen.add(one.id);
    return [
      `${before}${one.id} = ${value(one)}: ${one.what}`,
      ...(known && one.from.length > 0
        ? [`${before}  (as above)`]
        : [
            `${before}  ${one.row === undefined ? `= ${one.how}` : `source: ${sourced(one)}`}`,
            ...one.from.flatMap((part) => tree(part, depth + 1)),
          ]),
    ];
  };
  return [...tree(figure, 0), ''].join('\n');
}

function sourced({ row, how }: Figure): string {
  const date = row?.date === undefined || row.date === '' ? '' : ` (${row.date})`;
  const confidence =
    row?.confidence === undefined || row.confidence === 'high' ? '' : `, ${row.confidence} confidence`;
  return `${how}${date}${confidence}`;
}

function value({ low, expected, high, unit }: Figure): string {
  const shown = (each: number): string => String(Number(each.toPrecision(6)));
  const spread = low === high ? '' : ` (${shown(low)} to ${shown(high)})`;
  return `${shown(expected)}${spread} ${unit}`.trimEnd();
}

/** What can be explained, a line each. */
export function listed(figures: ReadonlyMap<string, Figure>): string {
  return [...figures.values()]
    .sort((a, b) => a.id.localeCompare(b.id))
    .map((figure) => `${figure.id} = ${value(figure)}: ${figure.what}`)
    .join('\n');
}
