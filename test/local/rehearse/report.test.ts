import type { Request } from '../../../local/load/requests';
import type { Outcome } from '../../../local/rehearse/rehearsal';
import { promisesOf } from '../../../local/faults';
import { report } from '../../../local/rehearse/report';
import { lineOf, table } from '../../../local/rehearse/table';
import { drawReport } from '../../support/browser';

const [promise] = promisesOf(4);

function request(number: number): Request {
  const ending = number === 30 ? 'failed' : 'answered';
  return { kind: 'read', due: number * 100, sent: number * 100, ended: number * 100 + number, ending };
}

function outcome(broken: readonly string[]): Outcome {
  if (promise === undefined) {
    throw new Error('Rung 4 promises nothing.');
  }
  return {
    rung: 4,
    promise,
    broken,
    cameBack: true,
    requests: Array.from({ length: 60 }, (_, number) => request(number)),
    brokenAt: 2_000,
    brokenBy: 2_050,
    healedAt: 3_500,
    verdict: { lostWrites: 0, lostClicks: 2, doubledClicks: 1, ledOn: [] },
  };
}

describe('the table', () => {
  test('has a line for each fault, in Markdown', () => {
    const [, line, ...more] = table([lineOf(outcome([]))])
      .split('\n')
      .slice(1);
    expect(more).toEqual([]);
    expect(line?.split('|').map((cell) => cell.trim())).toEqual([
      '',
      '4',
      'server killed',
      '60',
      '1',
      '59 ms',
      '0',
      '2',
      '1',
      '0.0 s',
      '0.0 s',
      'requests: none fails; clicks lost: ≤ 1.5 s',
      'yes',
      '',
    ]);
  });

  test('says of a broken promise that it is', () => {
    expect(table([lineOf(outcome(['It is.']))])).toContain('| NO ');
  });
});

describe('the report', () => {
  const html = report([outcome([]), outcome(['<b>1 & 1</b> were lost.'])]);

  test('says of each fault what was broken, as text', () => {
    expect(html).toContain('<strong>Broken.</strong> &lt;b&gt;1 &amp; 1&lt;/b&gt; were lost.');
    expect(html).toContain('<strong>1 promises broken</strong>');
  });

  test('holds a time line for each fault, with its end', () => {
    const [, json = ''] = /id="time-lines">(.*?)<\/script>/.exec(html) ?? [];
    // eslint-disable-next-line @typescript-eslint/consistent-type-assertions -- the report's own list, of this shape
    const timeLines = JSON.parse(json) as { healed: number; seconds: number[] }[];
    expect(timeLines.map(({ healed, seconds }) => [healed, seconds[0], seconds.at(-1)])).toEqual([
      [1.5, -2, 3],
      [1.5, -2, 3],
    ]);
  });

  test('draws each of them in a browser, and asks for nothing from anywhere', async () => {
    const { plots, wrong } = await drawReport(html);
    expect(plots).toBe(2);
    expect(wrong).toEqual([]);
  });
});
