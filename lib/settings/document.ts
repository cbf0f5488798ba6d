/** The table of settings for people. */
import { type Row, ROWS } from '../settings';
import { LADDER } from '../scaling-plan';

/** docs/settings.md. */
export function settingsPage(): string {
  return [
    '# Settings',
    'Set in `cdk.json` under `context`, or by `-c key=value`; a list is separated by commas, or a list in `cdk.json`. Every problem is reported at once, with the nearest valid value. ' +
      'A setting of a rung that is not there is refused. `npm run docs` writes this page from `lib/settings.ts`; a test checks that it is current.',
    [
      '| setting | what it does | what it takes | default | from stage |',
      '| --- | --- | --- | --- | --- |',
      ...ROWS.map(
        ([key, row]) =>
          `| ${[`\`${key}\``, row.does, row.takes, defaultOf(row), firstStage(row)].join(' | ')} |`,
      ),
    ].join('\n'),
    '',
  ].join('\n\n');
}

/** For `--help`: a line a setting. */
export function listSettings(): string {
  const width = Math.max(...ROWS.map(([key]) => key.length));
  return ROWS.map(([key, { does }]) => `  ${key.padEnd(width)}  ${does}`).join('\n');
}

function defaultOf({ unset, default: byDefault }: Row): string {
  return unset ?? `\`${String(byDefault)}\``;
}

function firstStage({ rung }: Row): number {
  return LADDER.find(({ name }) => name === rung)?.number ?? 1;
}
