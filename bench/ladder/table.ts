/** The ladder's figures for people and for programs. */
import { inMarkdown } from '../../local/plotted/page';
import { bought, isQuiet } from './bought';
import { FIGURES, written, type Figure } from './figures';
import type { Measured } from './measure';

/** A rung with what it bought. */
export interface Row {
  readonly measured: Measured;
  readonly bought: string;
}

/** @param measured in the order of the ladder */
export function rowsOf(measured: readonly Measured[]): readonly Row[] {
  return measured.map((one) => ({
    measured: one,
    bought: bought(
      one,
      measured.find(({ rung }) => rung === one.rung - 1),
    ),
  }));
}

/** Figures down and rungs across, so that a window is wide enough: what each line is called, and its cells. */
export function linesOf(rows: readonly Row[]): readonly (readonly string[])[] {
  return [
    ...FIGURES.map((figure) => [figure.heading, ...rows.map(({ measured }) => cell(figure, measured))]),
    [
      'cores that other processes took',
      ...rows.map(({ measured: { highest, atFixedRate } }) =>
        Math.max(highest.coresTakenByOthers, atFixedRate.coresTakenByOthers).toFixed(1),
      ),
    ],
  ];
}

/** Above the cells of {@link linesOf}. */
export function headingsOf(rows: readonly Row[]): readonly string[] {
  return ['', ...rows.map(({ measured }) => `rung ${measured.rung}`)];
}

function cell(figure: Figure, measured: Measured): string {
  const isLeast = figure.id === 'highest' && !measured.highest.isBounded;
  return `${isLeast ? '≥ ' : ''}${written(figure, figure.of(measured))}`;
}

/** With a line below it for each rung. */
export function table(rows: readonly Row[]): string {
  const sentences = rows.map(({ measured, bought: said }) => `${measured.rung} ${measured.name}: ${said}`);
  return [inMarkdown(headingsOf(rows), linesOf(rows)), '', ...sentences, ...warnings(rows)].join('\n');
}

/** What must be known of the figures, in a sentence or none. */
export function warnings(rows: readonly Row[]): readonly string[] {
  const disturbed = rows.filter(({ measured }) => !isQuiet(measured)).map(({ measured }) => measured.rung);
  return disturbed.length === 0
    ? []
    : [
        `Rates and waits of rung ${disturbed.join(', ')} are not compared: other processes took much of this machine meanwhile.`,
      ];
}
