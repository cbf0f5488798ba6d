/** docs/ladder.html: a slider from one to ten million users over the whole ladder, as one file that needs no other. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';
import { row } from '../../../lib/capacity/data';
import { titled } from '../../support/rungs';
import { QUEUE_KINDS, QUEUE_TITLES } from '../../../lib/scaling-plan';
import type { Drawing } from '../pictures/pictures';
import { STYLE } from '../pictures/svg';

const WEB = join(__dirname, 'web');

/** What can be chosen of the users' habits; the planner's own value is one of them. */
const HABITS = [
  {
    id: 'requests',
    label: 'Requests of a user in a day',
    usual: row('requests-per-user').expected,
    values: [1, 5, 10, 50, 200],
    words: (value: number) => String(value),
  },
  {
    id: 'availability',
    label: 'Requests that must be answered',
    usual: row('availability').expected,
    values: [0.99, 0.995, 0.999, 0.9995, 0.9999],
    words: (value: number) => `${Number((value * 100).toFixed(3))} %`,
  },
  {
    id: 'far',
    label: 'Users on another continent',
    usual: row('far').expected,
    values: [0, 0.1, 0.3, 0.6],
    words: (value: number) => `${Number((value * 100).toFixed(1))} %`,
  },
];

/** How the queue is asked for: the planner’s own way is whether one is needed at all. */
const QUEUES = [
  ['', 'only where it is needed'],
  ...QUEUE_KINDS.map((kind) => [kind, QUEUE_TITLES[kind]] as const),
] as const;

/** @param files the drawings' SVG, in their order */
export async function ladderPage(
  drawn: readonly Drawing[],
  files: readonly { readonly text: string }[],
): Promise<string> {
  const bundled = await build({
    entryPoints: [join(WEB, 'ladder.js')],
    bundle: true,
    alias: { 'node:fs': join(WEB, 'no-files.js') },
    minify: true,
    write: false,
    format: 'iife',
    target: 'es2022',
    charset: 'utf8',
    legalComments: 'none',
  });
  const script = (bundled.outputFiles[0]?.text ?? '').trim().replaceAll('</script', '<\\/script');
  const pictures = drawn.map(({ rung, queue }, place) => {
    const svg = (files[place]?.text ?? '').replace(`<style>${STYLE}</style>\n`, '').trim();
    const [, width = ''] = / width="(\d+)"/.exec(svg) ?? [];
    const title = `${titled(rung)}${queue === undefined ? '' : ` with ${QUEUE_TITLES[queue]}`}`;
    return `<div class="picture-frame" tabindex="0" role="group" aria-label="Picture of rung ${title}" style="--width: ${width}px" data-rung="${titled(rung)}" data-queue="${queue ?? 'sqs'}" hidden>\n${svg}\n</div>`;
  });
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>The ladder: how many users, which rung, what it costs, what breaks next</title>
<style>
${readFileSync(join(WEB, 'ladder.css'), 'utf8').trim()}
${STYLE}
</style>
<main>
<h1>How many users do you have?</h1>
<p class="quiet">Which rung of the ladder carries them, what it costs a month, and what breaks next: the same figures as <code>npm run plan</code>.</p>
<form>
<div class="users"><label for="users">Users a day</label><output id="count" for="users">100,000</output></div>
<input id="users" type="range" min="0" max="700" value="500" step="5" autocomplete="off">
<div class="scale" aria-hidden="true"><span>1</span><span>10</span><span>100</span><span>1 k</span><span>10 k</span><span>100 k</span><span>1 M</span><span>10 M</span></div>
<div class="habits">
${HABITS.map(select).join('\n')}
<label for="queue">Clicks go through a queue<select id="queue" autocomplete="off">${QUEUES.map(([value, words]) => `<option value="${value}">${words}</option>`).join('')}</select></label>
</div>
</form>
<div aria-live="polite"><p class="answer-line" id="headline"></p></div>
<div class="money"><span><strong id="month"></strong> a month at this load</span><span><strong id="rest"></strong> a month at rest</span></div>
<section><h2>What breaks next</h2><p id="next"></p></section>
<div class="columns">
<section aria-label="Picture">
${pictures.join('\n')}
</section>
<div class="figures">
<section class="wide" tabindex="0" aria-label="Cost"><table id="cost"></table></section>
<section class="wide" tabindex="0" aria-label="Utilisation"><table id="utilisation"></table></section>
<section><h2>Deploy it</h2><pre tabindex="0"><code id="command"></code></pre><p class="quiet" id="load"></p></section>
</div>
</div>
<section class="wide" tabindex="0" aria-label="Every rung"><table id="rungs"></table></section>
<dl id="says"></dl>
<p class="quiet">In us-east-1, with eu-west-1 where there are two regions, and with a domain. <code>npm run plan -- --help</code> lists what else can be told; docs/planner.md has the model, every assumption and its source.</p>
</main>
<script>
${script}
</script>
</html>
`;
}

function select({ id, label, usual, values, words }: (typeof HABITS)[number]): string {
  const options = [...new Set([...values, usual])].sort((one, other) => one - other);
  return `<label for="${id}">${label}<select id="${id}" autocomplete="off">${options
    .map(
      (value) =>
        `<option value="${value === usual ? '' : value}"${value === usual ? ' selected' : ''}>${words(value)}</option>`,
    )
    .join('')}</select></label>`;
}
