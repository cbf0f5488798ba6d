/**
 * Numbers that say where they come from. A figure is either a row of the data (value, unit, source, date) or is
 * worked out of other figures, so that any result can be followed down to rows: `npm run plan -- --explain`.
 */

/** A number three times: where all goes well and cheaply, as expected, and where it does not. */
export interface Spread {
  readonly low: number;
  readonly expected: number;
  readonly high: number;
}

/** A row of the data. */
export interface Row {
  readonly id: string;
  /** What it is, in a phrase. */
  readonly what: string;
  readonly unit: string;
  /** As expected. */
  readonly value: number;
  /** Where all goes well and cheaply. @default - as expected */
  readonly low?: number | undefined;
  /** Where it does not. @default - as expected */
  readonly high?: number | undefined;
  readonly source: string;
  /** When the source was read or measured: a year, a month or a day. */
  readonly date: string;
  /** How far the source can be trusted: `medium` where it is derived or old. @default high */
  readonly confidence?: string | undefined;
}

export interface Figure extends Spread {
  readonly id: string;
  readonly what: string;
  readonly unit: string;
  /** How it is worked out, in words, or the source of the row. */
  readonly how: string;
  /** What it is worked out of; empty for a row. */
  readonly from: readonly Figure[];
  /** The row that it is, if it is one. */
  readonly row: Row | undefined;
}

/** A row of the data as a figure. */
export function rowFigure(row: Row): Figure {
  return {
    id: row.id,
    what: row.what,
    unit: row.unit,
    low: row.low ?? row.value,
    expected: row.value,
    high: row.high ?? row.value,
    how: row.source,
    from: [],
    row,
  };
}

/** What a figure is called, and how it is worked out. */
export type Naming = Pick<Figure, 'id' | 'what' | 'unit' | 'how'>;

/** A figure that is worked out of others: once with what goes well in all of them, as expected, and with what does not. */
export function derive<Name extends string>(
  naming: Naming,
  from: Readonly<Record<Name, Figure>>,
  compute: (of: Readonly<Record<Name, number>>) => number,
): Figure {
  const at = (scenario: keyof Spread): number =>
    compute(mapValues(from, (figure: Figure) => figure[scenario]));
  return {
    ...naming,
    low: at('low'),
    expected: at('expected'),
    high: at('high'),
    from: Object.values<Figure>(from),
    row: undefined,
  };
}

/** The sum of figures; 0 of none. */
export function sum(naming: Naming, figures: readonly Figure[]): Figure {
  const at = (scenario: keyof Spread): number =>
    figures.reduce((total, figure) => total + figure[scenario], 0);
  return {
    ...naming,
    low: at('low'),
    expected: at('expected'),
    high: at('high'),
    from: figures,
    row: undefined,
  };
}

/** A number that the user, or the plan, has chosen. */
export function given(
  id: string,
  what: string,
  unit: string,
  value: number,
  source = 'chosen by this plan',
  date = '',
): Figure {
  return rowFigure({ id, what, unit, value, source, date });
}

function mapValues<Name extends string, From, To>(
  from: Readonly<Record<Name, From>>,
  map: (value: From) => To,
): Readonly<Record<Name, To>> {
  // eslint-disable-next-line @typescript-eslint/consistent-type-assertions -- fromEntries forgets the names
  return Object.fromEntries(
    Object.entries<From>(from).map(([name, value]) => [name, map(value)]),
  ) as Readonly<Record<Name, To>>;
}

/** All figures that these are worked out of, themselves included, each once, by their ids. */
export function within(figures: readonly Figure[]): ReadonlyMap<string, Figure> {
  const found = new Map<string, Figure>();
  const visit = (figure: Figure): void => {
    if (!found.has(figure.id)) {
      found.set(figure.id, figure);
      figure.from.forEach(visit);
    }
  };
  figures.forEach(visit);
  return found;
}

/** The rows that a figure rests on, each once. */
export function rowsBelow(figures: readonly Figure[]): readonly Row[] {
  return [...within(figures).values()].flatMap(({ row }) => row ?? []);
}
