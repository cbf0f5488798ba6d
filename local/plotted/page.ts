/** Reports: tables for a terminal and for HTML, and one HTML file that needs nothing else, with plots by uPlot in it. */
import { readFileSync, writeFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { join } from 'node:path';

export interface PlottedPage {
  readonly title: string;
  /** HTML below the title. */
  readonly body: string;
  /** What is plotted: the script finds it as JSON in the element of that id. */
  readonly data: { readonly id: string; readonly value: unknown };
  /** Absolute paths of the report's own files, beside what every report looks like. */
  readonly style: string;
  readonly script: string;
}

/** @throws Error where the plotting library is not installed */
export function plottedPage({ title, body, data, style, script }: PlottedPage): string {
  const read = (path: string) => readFileSync(path, 'utf8');
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${escape(title)}</title>
<style>${read(require.resolve('uplot/dist/uPlot.min.css'))}</style>
<style>${read(join(__dirname, 'page.css'))}</style>
<style>${read(style)}</style>
</head>
<body>
<h1>${escape(title)}</h1>
${body}
<script type="application/json" id="${data.id}">${asScriptText(data.value)}</script>
<script>${read(require.resolve('uplot/dist/uPlot.iife.min.js'))}</script>
<script>${read(script)}</script>
</body>
</html>
`;
}

/** Text as HTML shows it, also between quotes. */
export function escape(text: string): string {
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

/** Where and when: what figures are worth nothing without. */
export function machine(): string {
  const [processor] = cpus();
  const gigabytes = Math.round(totalmem() / 2 ** 30);
  const date = new Date().toISOString().slice(0, 10);
  return `${date}, ${cpus().length} × ${processor?.model.trim() ?? 'processor'}, ${gigabytes} GB, ${process.platform}, Node ${process.version}`;
}

type Cells = readonly string[];

/** In Markdown, whose columns stand below each other as plain text, too. */
export function inMarkdown(headings: Cells, rows: readonly Cells[]): string {
  const widths = headings.map((heading, column) =>
    Math.max(3, heading.length, ...rows.map((row) => row[column]?.length ?? 0)),
  );
  const toLine = (cells: Cells) =>
    `| ${cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`;
  return [toLine(headings), toLine(widths.map((width) => '-'.repeat(width))), ...rows.map(toLine)].join('\n');
}

/** As HTML. @param rows each with its class and its cells, which are HTML already */
export function inHtml(
  headings: Cells,
  rows: readonly { readonly kind?: string; readonly cells: Cells }[],
): string {
  return `<div class="wide"><table>
<thead><tr>${headings.map((heading) => `<th>${escape(heading)}</th>`).join('')}</tr></thead>
<tbody>
${rows.map(({ kind = '', cells }) => `<tr class="${kind}">${cells.map((cell) => `<td>${cell}</td>`).join('')}</tr>`).join('\n')}
</tbody>
</table></div>`;
}

/** Prints what was found, for people or as one JSON document, and writes the report where one is wanted. */
export function publish(
  { json, html }: { readonly json: boolean; readonly html: string | undefined },
  found: { readonly value: unknown; readonly text: string; readonly report: () => string },
): void {
  process.stdout.write(json ? `${JSON.stringify(found.value, undefined, 2)}\n` : `${found.text}\n`);
  if (html !== undefined) {
    writeFileSync(html, found.report());
  }
}
