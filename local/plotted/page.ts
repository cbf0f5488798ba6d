/** A report as one HTML file that needs nothing else, with plots by uPlot in it. */
import { readFileSync } from 'node:fs';
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
