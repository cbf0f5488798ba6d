/** What pages say that is written from tables of data: whole pages, and parts between two marks. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { SETTINGS } from '../../contract/settings';
import { settingsPage } from '../../lib/settings/document';
import { plannerPage } from '../../plan/document';
import { ROOT } from '../support/synthesize';

/** A page, by its path in the repository, as it should be. */
export interface Generated {
  readonly file: string;
  readonly text: string;
}

const CONTRACT = 'docs/application-contract.md';

/** Every such page, as it should be. */
export function generated(): readonly Generated[] {
  return [
    { file: 'docs/settings.md', text: settingsPage() },
    { file: 'docs/planner.md', text: plannerPage() },
    { file: CONTRACT, text: between(readFileSync(join(ROOT, CONTRACT), 'utf8'), applicationSettings()) },
  ];
}

const BEGIN = '<!-- npm run docs writes this table from contract/settings.ts -->';
const END = '<!-- end of the table -->';

/** A page with what stands between its marks exchanged. @throws Error where they are not there */
function between(page: string, text: string): string {
  const [before, after] = [page.indexOf(BEGIN), page.indexOf(END)];
  if (before === -1 || after < before) throw new Error(`${CONTRACT} lacks the marks ${BEGIN} and ${END}.`);
  return `${page.slice(0, before)}${BEGIN}\n\n${text}\n\n${page.slice(after)}`;
}

function applicationSettings(): string {
  return [
    '| setting | from stage | what it is |',
    '| --- | --- | --- |',
    ...Object.entries(SETTINGS).map(([name, { is, stage }]) => `| \`${name}\` | ${stage ?? '–'} | ${is} |`),
  ].join('\n');
}
