/** How a figure is worked out, down to the rows of the data. */
import { derive, type Figure, given, within } from '../lib/capacity/figure';
import { type Judged, named, type Plan } from '../lib/capacity/plan';

/** Every figure of a plan, by its id. */
export function figuresOf(made: Plan): ReadonlyMap<string, Figure> {
  const { answer, load } = made;
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
    response.p99,
    response.refused,
    load.requests,
    load.far,
    load.latency,
    load.availability,
    load.growth,
    // Last, for what they are worked out of has the names of this plan's own figures.
    ...saturationFigures(made),
    ...(answer.atRest.known
      ? [renamed('cost-at-rest', 'cost of a month without requests', answer.atRest.total)]
      : []),
    ...made.rungs.flatMap(figuresOfRung),
  ]);
}

function renamed(id: string, what: string, figure: Figure): Figure {
  return derive({ id, what, unit: figure.unit, how: figure.id }, { figure }, (of) => of.figure);
}

/** What the table of all rungs has of one. */
function figuresOfRung({ place, bill, availability, response }: Judged): readonly Figure[] {
  const rung = named(place);
  const id = rung.replaceAll(/[ ,]+/g, '-');
  return [
    ...(bill.known ? [renamed(`cost-of-${id}`, `cost of a month of rung ${rung}`, bill.total)] : []),
    renamed(`answered-by-${id}`, `requests that rung ${rung} answers`, availability.all),
    renamed(`far-time-of-${id}`, `median time of a far user’s first redirect, rung ${rung}`, response.far),
  ];
}

function saturationFigures({ saturation, load }: Plan): readonly Figure[] {
  const { part, users, months } = saturation;
  const until = derive(
    {
      id: 'saturates-at',
      what: `users of a day at which ${part.what} can no more`,
      unit: 'users',
      how: `found by halving: so many that ${part.utilisation.id} is 1 with the sizes planned`,
    },
    { full: part.utilisation },
    () => users,
  );
  return [
    ...(months === undefined
      ? []
      : [
          derive(
            {
              id: 'saturates-in',
              what: 'months until then',
              unit: 'months',
              how: 'log(saturates-at / users) / log(1 + growth), now where they are fewer',
            },
            {
              until: given('saturates-at', until.what, 'users', users, '--explain saturates-at'),
              now: load.users,
              growth: load.growth,
            },
            () => months,
          ),
        ]),
    until,
  ];
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
