/** The ladder as one HTML file that needs nothing else: the table, what each rung buys, and a plot of each figure. */
import { join } from 'node:path';
import { escape, inHtml, plottedPage } from '../../local/plotted/page';
import { FIGURES, type FigureId } from './figures';
import { headingsOf, linesOf, warnings, type Row } from './table';

interface Plot {
  readonly title: string;
  readonly series: readonly { readonly name: string; readonly values: readonly (number | null)[] }[];
  /** Each on top of the one before, as shares of a whole. */
  readonly isStacked: boolean;
}

const PLOTS: readonly {
  readonly title: string;
  readonly figures: readonly (readonly [FigureId, string])[];
}[] = [
  {
    title: 'Highest rate with p99 within 50 ms, requests a second',
    figures: [['highest', 'requests a second']],
  },
  {
    title: 'Redirects, ms',
    figures: [
      ['p50', 'p50'],
      ['p99', 'p99'],
    ],
  },
  {
    title: 'Requests per CPU-second, above rest',
    figures: [
      ['application', 'application'],
      ['rung', 'whole rung'],
      ['rungAtHighest', 'whole rung at its highest rate'],
    ],
  },
  {
    title: 'Database queries per request',
    figures: [
      ['primaryQueries', 'primary'],
      ['replicaQueries', 'replicas'],
    ],
  },
  {
    title: 'Bytes per request',
    figures: [
      ['origin', 'from the origin'],
      ['received', 'received by users'],
    ],
  },
  { title: 'CPU at rest, % of a core', figures: [['rest', '% of a core']] },
  { title: 'Primary gone: redirects that fail, %', figures: [['refused', '%']] },
  { title: 'Primary gone: redirects’ p99, ms', figures: [['p99WithoutPrimary', 'p99']] },
  {
    title: 'Primary gone for 4 s: clicks in the servers’ memory alone',
    figures: [['clicksInMemory', 'clicks']],
  },
];

/** @param machine where and when, in a sentence without its end @throws Error where the plotting library is not installed */
export function report(rows: readonly Row[], machine: string): string {
  const plots = plotsOf(rows);
  return plottedPage({
    title: 'What each rung buys',
    body: `<p>${escape(machine)}. The same load on every rung, from a process of its own: requests at moments fixed beforehand, waits counted from those. Times, costs and bytes are those at ${rows[0]?.measured.atFixedRate.perSecond ?? 0} requests a second. All parts share this machine, so costs per request say more than rates.</p>
<ol class="bought">
${rows.map(({ measured, bought }) => `<li value="${measured.rung}"><strong>${escape(measured.name)}</strong> ${escape(bought)}</li>`).join('\n')}
</ol>
${warnings(rows)
  .map((warning) => `<p class="legend">${escape(warning)}</p>`)
  .join('\n')}
${inHtml(
  headingsOf(rows),
  linesOf(rows).map((cells) => ({ cells: cells.map(escape) })),
)}
<p class="legend">Below: a plot of each, with the rungs on the x axis.</p>
<div class="plots">
${plots.map(({ title }) => `<section><h2>${escape(title)}</h2><div class="plot"></div></section>`).join('\n')}
</div>`,
    data: { id: 'plots', value: { rungs: rows.map(({ measured }) => measured.rung), plots } },
    style: join(__dirname, 'web', 'ladder.css'),
    script: join(__dirname, 'web', 'ladder.js'),
  });
}

function plotsOf(rows: readonly Row[]): readonly Plot[] {
  const values = (id: FigureId) => {
    const figure = FIGURES.find((each) => each.id === id);
    return rows.map(({ measured }) => figure?.of(measured) ?? null);
  };
  const kinds = [
    ...new Set(rows.flatMap(({ measured }) => Object.keys(measured.atFixedRate.processorMilliseconds))),
  ];
  const [first, ...others] = PLOTS.map(({ title, figures }): Plot => ({
    title,
    series: figures.map(([id, name]) => ({ name, values: values(id) })),
    isStacked: false,
  }));
  const processor: Plot = {
    title: 'Where a request’s CPU time goes, ms',
    series: kinds.map((kind) => ({
      name: kind,
      values: rows.map(({ measured }) => measured.atFixedRate.processorMilliseconds[kind] ?? null),
    })),
    isStacked: true,
  };
  return [...(first === undefined ? [] : [first]), processor, ...others];
}
