/** The rehearsal as one HTML file that needs nothing else: the table, and a time line of each fault. */
import { join } from 'node:path';
import { escape, inHtml, machine, plottedPage } from '../plotted/page';
import type { Outcome } from './rehearsal';
import { HEADINGS, cellsOf, lineOf } from './table';
import { timelineOf } from './timeline';

/** @throws Error where the plotting library is not installed */
export function report(outcomes: readonly Outcome[]): string {
  const faults = outcomes.map((outcome, index) => ({ outcome, line: lineOf(outcome), id: `fault-${index}` }));
  const broken = faults.filter(({ line }) => !line.kept).length;
  const rows = faults.map(({ line, id }) => ({
    kind: line.kept ? 'kept' : 'broken',
    cells: cellsOf(line)
      .map(escape)
      .map((cell, column) => (column === 1 ? `<a href="#${id}">${cell}</a>` : cell)),
  }));
  const figures = faults.map(
    ({ line, id }) => `<section id="${id}">
<h2>Rung ${line.rung}: ${escape(line.fault)}</h2>
<p>${escape(line.promise)}. ${line.kept ? 'Kept.' : `<strong>Broken.</strong> ${escape(line.broken.join(' '))}`}</p>
<div class="plot"></div>
</section>`,
  );
  return plottedPage({
    title: 'Rehearsal',
    body: `<p>${escape(machine())}. ${faults.length} faults, ${broken === 0 ? 'every promise kept' : `<strong>${broken} promises broken</strong>`}.</p>
${inHtml(HEADINGS, rows)}
<p class="legend">Below: what was answered and what failed, a second, and what 99 of 100 requests waited at most, counted from when each was due. Shaded: from the fault's beginning until it was healed.</p>
${figures.join('\n')}`,
    data: { id: 'time-lines', value: faults.map(({ outcome }) => timelineOf(outcome)) },
    style: join(__dirname, 'web', 'report.css'),
    script: join(__dirname, 'web', 'report.js'),
  });
}
