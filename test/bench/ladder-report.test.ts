import { bought } from '../../bench/ladder/bought';
import type { Measured } from '../../bench/ladder/measure';
import { report } from '../../bench/ladder/report';
import { rowsOf, table } from '../../bench/ladder/table';
import { drawReport } from '../support/browser';

interface Numbers {
  readonly highest?: number;
  readonly primaryQueries?: number;
  readonly replicaQueries?: number;
  readonly failedRedirects?: number;
  readonly clicksInMemory?: number;
  readonly bytesFromOrigin?: number;
  readonly coresTakenByOthers?: number;
}

/** A rung that does as well as any other, but for what is given. */
function measured(rung: Measured['rung'], numbers: Numbers = {}): Measured {
  return {
    rung,
    name: `rung-${rung}`,
    highest: {
      perSecond: numbers.highest ?? 2_000,
      isBounded: true,
      processor: { rung: (numbers.highest ?? 2_000) / 1_500, load: 0.3 },
      byKind: { server: 0.6, 'load-balancer': 0.2 },
      coresTakenByOthers: numbers.coresTakenByOthers ?? 0.1,
    },
    atFixedRate: {
      perSecond: 400,
      requests: 2_800,
      failed: 0,
      failures: {},
      redirectP50: 2,
      redirectP99: 8,
      sentLateP99: 1,
      processorMilliseconds: { server: 0.5, 'load-balancer': 0.2 },
      queries: { primary: numbers.primaryQueries ?? 0.6, replicas: numbers.replicaQueries ?? 0 },
      bytesFromOrigin: numbers.bytesFromOrigin ?? 650,
      bytesReceived: 650,
      coresTakenByOthers: 0.1,
    },
    atRest: { server: 0.02 },
    withoutPrimary: {
      seconds: 4,
      redirects: 1_000,
      failedRedirects: numbers.failedRedirects ?? 0,
      redirectP99: 10,
      clicksInMemory: numbers.clicksInMemory ?? 1_200,
    },
  };
}

describe('what a rung buys', () => {
  test('is said with the numbers before and after, those first that it is there for', () => {
    const [replicas, below] = [
      measured(4, { primaryQueries: 0.1, replicaQueries: 0.5, highest: 5_200 }),
      measured(3, { failedRedirects: 900 }),
    ];
    expect(bought(replicas, below)).toContain(
      'Buys: the primary’s queries per request 0.60 → 0.10, redirects that fail without the primary 90 % → 0 %, ' +
        'requests a second within p99 50 ms 2,000/s → 5,200/s. Costs: the replicas’ queries per request 0.00 → 0.50.',
    );
  });

  test('is nothing where nothing got better, and then the reason is said', () => {
    expect(bought(measured(5), measured(4))).toBe(
      'Nothing got better. The servers’ memory has answered before the cache is asked.',
    );
  });

  test('does not count what two runs of one rung differ by', () => {
    expect(bought(measured(3, { highest: 1_000, primaryQueries: 0.55 }), measured(2))).toMatch(
      /^Nothing got better\. A server takes longer for a request the fewer it has/,
    );
  });

  test('tells what a rung costs, also where it buys nothing that is measured', () => {
    expect(bought(measured(7, { highest: 700 }), measured(6))).toMatch(
      /^Nothing got better\. Costs: requests a second within p99 50 ms 2,000\/s → 700\/s\. No request is cheaper/,
    );
  });

  test('is told by costs alone where other processes took the machine’s time', () => {
    const rows = rowsOf([
      measured(6, { highest: 700 }),
      measured(7, { bytesFromOrigin: 300, coresTakenByOthers: 1.2 }),
    ]);
    expect(rows[1]?.bought).toMatch(/^Buys: bytes from the origin per request 650 → 300\. No request/);
    expect(table(rows)).toContain('Rates and waits of rung 7 are not compared');
  });

  test('is unknown where the rung below was not measured', () => {
    expect(rowsOf([measured(5), measured(8)]).map((row) => row.bought)).toEqual([
      'The rung below was not measured.',
      'The rung below was not measured.',
    ]);
  });
});

describe('the ladder’s table', () => {
  test('has a column for each rung, a line for each figure, and a sentence for each rung', () => {
    const text = table(rowsOf([measured(1), measured(2)]));
    expect(text).toMatch(/\| rung 1 +\| rung 2 +\|\n/);
    expect(text).toMatch(/\| highest rate within p99 50 ms +\| 2,000\/s +\| 2,000\/s +\|\n/);
    expect(text).toMatch(/\n1 rung-1: The beginning: .*\n2 rung-2: Nothing got better\./);
  });

  test('says that a rate was not the highest where nothing higher was tried', () => {
    const { highest, ...others } = measured(1);
    expect(table(rowsOf([{ ...others, highest: { ...highest, isBounded: false } }]))).toContain('≥ 2,000/s');
  });

  test('has a dash for what a rung does not have', () => {
    expect(table(rowsOf([{ ...measured(1), withoutPrimary: undefined }]))).toMatch(
      /primary gone: redirects that fail +\| – /,
    );
  });
});

test('a part that took no more than at rest has a dash, and nothing is said to be bought by that', () => {
  const rung = measured(5);
  const processorMilliseconds = { server: -0.1, primary: -0.14 };
  const idle = { ...rung, atFixedRate: { ...rung.atFixedRate, processorMilliseconds } };
  const text = table(rowsOf([measured(4), idle]));
  expect(text).toMatch(/\| primary’s CPU per 1,000 requests +\| – +\| – +\|/);
  expect(text).toMatch(/\| requests per CPU-second: application +\| 2,000 +\| – +\|/);
  expect(text).toMatch(/\n5 rung-5: Nothing got better/);
});

describe('the ladder’s report', () => {
  test('draws a plot of each figure in a browser, and asks for nothing from anywhere', async () => {
    const html = report(rowsOf([measured(1), measured(2, { highest: 3_000 })]), '<a machine>');
    const { plots, firstParagraph, wrong } = await drawReport(html);
    expect(plots).toBe(10);
    expect(firstParagraph).toMatch(/^<a machine>\./);
    expect(wrong).toEqual([]);
  });
});
