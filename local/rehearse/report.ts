/** The rehearsal as one HTML file that needs nothing else: the table, and a time line of each fault. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Outcome } from './rehearsal';
import { HEADINGS, cellsOf, lineOf, machine } from './table';
import { timelineOf } from './timeline';

/** @throws Error where the plotting library is not installed */
export function report(outcomes: readonly Outcome[]): string {
  const library = {
    script: readFileSync(require.resolve('uplot/dist/uPlot.iife.min.js'), 'utf8'),
    style: readFileSync(require.resolve('uplot/dist/uPlot.min.css'), 'utf8'),
  };
  const own = (file: string) => readFileSync(join(__dirname, 'web', file), 'utf8');
  const faults = outcomes.map((outcome, index) => ({ outcome, line: lineOf(outcome), id: `fault-${index}` }));
  const broken = faults.filter(({ line }) => !line.kept).length;
  const rows = faults.map(
    ({ line, id }) =>
      `<tr class="${line.kept ? 'kept' : 'broken'}">${cellsOf(line)
        .map(
          (cell, column) =>
            `<td>${column === 1 ? `<a href="#${id}">${escape(cell)}</a>` : escape(cell)}</td>`,
        )
        .join('')}</tr>`,
  );
  const figures = faults.map(
    ({ line, id }) => `<section id="${id}">
<h2>Rung ${line.rung}: ${escape(line.fault)}</h2>
<p>${escape(line.promise)}. ${line.kept ? 'Kept.' : `<strong>Broken.</strong> ${escape(line.broken.join(' '))}`}</p>
<div class="plot"></div>
</section>`,
  );
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Rehearsal</title>
<style>${library.style}</style>
<style>${own('report.css')}</style>
</head>
<body>
<h1>Rehearsal</h1>
<p>${escape(machine())}. ${faults.length} faults, ${broken === 0 ? 'every promise kept' : `<strong>${broken} promises broken</strong>`}.</p>
<div class="wide"><table>
<thead><tr>${HEADINGS.map((heading) => `<th>${escape(heading)}</th>`).join('')}</tr></thead>
<tbody>
${rows.join('\n')}
</tbody>
</table></div>
<p class="legend">Below: what was answered and what failed, a second, and what 99 of 100 requests waited at most, counted from when each was due. Shaded: from the fault's beginning until it was healed.</p>
${figures.join('\n')}
<script type="application/json" id="time-lines">${asScriptText(faults.map(({ outcome }) => timelineOf(outcome)))}</script>
<script>${library.script}</script>
<script>${own('report.js')}</script>
</body>
</html>
`;
}

function escape(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}

/** JSON that cannot end the element it stands in. */
function asScriptText(value: unknown): string {
  return JSON.stringify(value).replaceAll('<', '\\u003c');
}
