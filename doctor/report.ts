/** What was found, for people and as data. */
import type { Line } from './examination';
import type { Verdict } from './finding';

export interface Report {
  /** The account's number; undefined where it is not known. */
  readonly account: string | undefined;
  /** The settings' own name of the deployment. */
  readonly deployment: string;
  readonly stage: number;
  readonly stageName: string;
  readonly lines: readonly Line[];
}

const MARKS: Readonly<Record<Verdict, string>> = { ok: '✓', wrong: '✗', unasked: '?' };

/** Whether nothing that was found stands in the way. */
export function carries({ lines }: Report): boolean {
  return lines.every(({ verdict }) => verdict !== 'wrong');
}

export function asJson(report: Report): string {
  return JSON.stringify({ ...report, carries: carries(report) }, undefined, 2);
}

export function asText(report: Report): string {
  const { deployment, stage, stageName, account, lines } = report;
  const width = Math.max(0, ...lines.map(({ question }) => question.length));
  const places = [...new Set(lines.map(({ place }) => place))];
  return [
    `Will account ${account ?? '(unknown)'} carry stage ${stage}, ${stageName}, of ${deployment}?`,
    ...places.flatMap((place) => [
      '',
      place,
      ...lines.filter((line) => line.place === place).flatMap((line) => worded(line, width)),
    ]),
    '',
    closing(report),
    '',
  ].join('\n');
}

function worded({ verdict, question, found, needed, mend }: Line, width: number): readonly string[] {
  const need = needed === undefined ? '' : ` (needed: ${needed})`;
  return [
    `${MARKS[verdict]} ${question.padEnd(width)}  ${found}${need}`,
    ...(mend === undefined ? [] : [`  ${' '.repeat(width)}  → ${mend}`]),
  ];
}

/** The answer to the question that the report begins with. */
function closing(report: Report): string {
  const wrong = counted(report, 'wrong');
  const unasked = counted(report, 'unasked');
  const open = `${unasked} could not be asked (?), so only deploying will tell.`;
  if (wrong > 0) {
    return `No: ${wrong} stand${wrong === 1 ? 's' : ''} in the way (✗).${unasked === 0 ? '' : ` ${open}`}`;
  }
  return unasked === 0 ? 'Yes.' : `Nothing that was found stands in the way, but ${open}`;
}

function counted({ lines }: Report, verdict: Verdict): number {
  return lines.filter((line) => line.verdict === verdict).length;
}
