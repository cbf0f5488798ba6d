/** A plan as a page of its own: no script, nothing from elsewhere, readable on a phone and in the dark. */
import type { Report, Table } from '../lib/capacity/report';

export function asPage(report: Report): string {
  const { headline, command, sizes, needs, load, cost, utilisation, rungs, says, notes } = report;
  const made = Object.entries(sizes).map(([name, value]) => `${name}=${String(value)}`);
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escaped(headline)}</title>
<style>${STYLE}</style>
<main>
<h1>${escaped(headline)}</h1>
<pre>${escaped(command)}</pre>
${[`It makes ${made.join(', ')}.`, ...needs, load].map((sentence) => `<p>${escaped(sentence)}</p>`).join('\n')}
${[cost, utilisation].map(table).join('\n')}
${told(says)}
${table(rungs)}
${told(notes)}
</main>
</html>
`;
}

const STYLE = `
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif }
main { max-width: 60rem; margin: 0 auto; padding: 1rem }
h1 { font-size: 1.4rem }
pre { padding: .75rem; overflow-x: auto; border: 1px solid; border-radius: .3rem }
.wide { overflow-x: auto }
table { border-collapse: collapse; margin: 1rem 0 }
caption, th:first-child, td:first-child { text-align: left }
caption { font-weight: bold }
th, td { padding: .15rem .75rem .15rem 0; text-align: right; white-space: pre }
dt { font-weight: bold; margin-top: .5rem }
dd { margin: 0 }
`;

function told(sentences: Report['says']): string {
  return `<dl>
${sentences.map(([heading, sentence]) => `<dt>${escaped(heading)}</dt><dd>${escaped(sentence)}</dd>`).join('\n')}
</dl>`;
}

function table({ title, columns, rows }: Table): string {
  const head = ['', ...columns].map((cell) => `<th scope="col">${escaped(cell)}</th>`).join('');
  const body = rows
    .map(
      ([name, ...cells]) =>
        `<tr><th scope="row">${escaped(name)}</th>${cells.map((cell) => `<td>${escaped(cell)}</td>`).join('')}</tr>`,
    )
    .join('\n');
  return `<div class="wide" tabindex="0"><table><caption>${escaped(title)}</caption>\n<thead><tr>${head}</tr></thead>\n<tbody>\n${body}\n</tbody></table></div>`;
}

function escaped(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}
