/** `npm run plan`: so many users, so what is needed? */
import { writeFileSync } from 'node:fs';
import { isNativeError } from 'node:util/types';
import { nearest } from '../contract/nearest';
import { reportOf } from '../lib/capacity/report';
import { explain, figuresOf, listed } from './explanation';
import { asJson } from './json';
import { HELP, type Options, planOf, readCommand } from './options';
import { asPage } from './page';
import { asText } from './text';

/** How `npm run plan` ends. */
const ENDS = { enough: 0, notEnough: 1, misunderstood: 2 } as const;

function main(argv: readonly string[]): number {
  const command = understood(argv);
  if (typeof command === 'string') {
    console.error(command);
    return ENDS.misunderstood;
  }
  if (command.kind === 'help') {
    process.stdout.write(HELP);
    return ENDS.enough;
  }
  return answer(command.options);
}

function answer(options: Options): number {
  const { json, html, explain: asked } = options;
  const made = planOf(options);
  if (asked !== undefined) {
    const figures = figuresOf(made);
    const figure = figures.get(asked);
    if (figure === undefined) {
      const near = nearest(asked, [...figures.keys()]);
      process.stdout.write(`${listed(figures)}\n`);
      console.error(
        asked === 'list'
          ? ''
          : `--explain ${asked}: this plan has no such figure.${near === undefined ? '' : ` Did you mean ${near}?`}`,
      );
      return asked === 'list' ? ENDS.enough : ENDS.misunderstood;
    }
    process.stdout.write(explain(figure));
    return ENDS.enough;
  }
  const report = reportOf(made, new Date().toISOString().slice(0, 10));
  const unwritten =
    html === undefined
      ? undefined
      : failed(() => {
          writeFileSync(html, asPage(report));
        });
  if (unwritten !== undefined) {
    console.error(`--html ${html ?? ''}: the page cannot be written there: ${unwritten}.`);
    return ENDS.misunderstood;
  }
  process.stdout.write(json ? `${asJson(made, report)}\n` : asText(report, process.stdout.columns));
  return made.isEnough ? ENDS.enough : ENDS.notEnough;
}

/** What went wrong, if anything did. */
function failed(act: () => void): string | undefined {
  try {
    act();
    return undefined;
  } catch (error) {
    return isNativeError(error) ? error.message : String(error);
  }
}

function understood(argv: readonly string[]) {
  try {
    return readCommand(argv);
  } catch (error) {
    return isNativeError(error) ? error.message : String(error);
  }
}

process.exitCode = main(process.argv.slice(2));
