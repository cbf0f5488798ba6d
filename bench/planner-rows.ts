/** The planner's measured rows (lib/capacity/data/measured.json), out of the tables of docs/measured.md that one run wrote. */
import type { Row } from '../lib/capacity/figure';
import { outputOf } from './measured';

const COSTS = 'npm run bench -- costs';
const LADDER = 'npm run bench -- --ladder';

/** As many processors as a plan lets be busy (assumptions.json: processor-bound): the more, the more requests come at once. */
const BUSY = 0.6;

type How = 'many at once' | 'one at a time';

/** @throws Error where the page has no such row */
export function plannerRows(page: string): readonly Row[] {
  const cell = (command: string, name: string, column = 1): number => {
    const cells = tableIn(page, command).rows.find(([first]) => first === name);
    const value = Number.parseFloat(cells?.[column]?.replaceAll(',', '') ?? '');
    if (Number.isNaN(value)) throw new Error(`docs/measured.md: ${command} has no “${name}”.`);
    return value;
  };
  const cost = (name: string): number => cell(COSTS, name);
  const zipf = (who: string, rung: 3 | 4 | 5, how: How): number =>
    cost(`${who} time of a redirect drawn by Zipf, rung ${String(rung)}, ${how}`);
  const missed = (rung: 3 | 4 | 5, how: How): number =>
    cost(`redirects that memory does not answer, rung ${String(rung)}, ${how}`);
  const memory = cost('server’s time of a hot redirect, many at once');
  /** On a server, of a redirect that its memory does not answer, on top. */
  const miss = (rung: 3 | 4 | 5): number =>
    (zipf('server’s', rung, 'many at once') - memory) / missed(rung, 'many at once');
  /** In the primary, of a link whose clicks are added; at rung 4 replicas answer reads. */
  const added = (how: How): number => zipf('primary’s', 4, how) / missed(4, how);
  const select = (how: How): number => zipf('primary’s', 3, how) / missed(3, how) - added(how);
  const insert = (how: How): number => cost(`primary’s time of a create, ${how}`);
  const [many, one] = [zipf('server’s', 3, 'many at once'), zipf('server’s', 3, 'one at a time')];

  const row = (command: string, how: string, values: Omit<Row, 'source' | 'date'>): Row => ({
    ...values,
    source: `docs/measured.md, ${command}: ${how}; ${tableIn(page, command).machine}`,
    date: tableIn(page, command).date,
  });
  const rung = (stage: number): number => cell(LADDER, 'bytes per request: from the origin', stage);
  return [
    row(LADDER, 'bytes per request from the origin, rung 6', {
      ...{ id: 'bytes-with-cdn', what: 'bytes of a request that the origin sends behind CloudFront' },
      ...{ unit: 'bytes', value: rung(6) },
    }),
    row(LADDER, 'bytes per request from the origin, rung 1', {
      ...{ id: 'bytes', what: 'bytes of a request that users receive, headers included' },
      ...{ unit: 'bytes', value: rung(1) },
    }),
    row(
      COSTS,
      `a redirect by Zipf at rung 3 takes ${String(one)} µs one at a time and ${String(many)} µs where many come at once; at ${String(BUSY * 100)} % busy ${String(100 - BUSY * 100)} of 100 find the process idle. Low: none, high: all do`,
      {
        ...{
          id: 'real-traffic',
          what: 'processor time of a server where requests come as in real traffic, against many at once',
        },
        ...{
          unit: '×',
          value: rounded((many + (1 - BUSY) * (one - many)) / many),
          low: 1,
          high: rounded(one / many),
        },
      },
    ),
    row(COSTS, 'server’s time of a hot redirect, many at once', {
      ...{ id: 'redirect-memory', what: 'a redirect that the process’ memory answers, its click included' },
      ...{ unit: 'µs', value: rounded(memory) },
    }),
    ...(
      [
        ['miss-database', 'a redirect that asks the primary, on top', 3],
        ['miss-replica', 'a redirect that asks a replica, on top', 4],
        ['miss-cache', 'a redirect that asks the cache, on top', 5],
      ] as const
    ).map(([id, what, stage]) =>
      row(
        COSTS,
        `server’s time of a redirect drawn by Zipf at rung ${String(stage)}, many at once, above a hot one’s, for each that memory does not answer`,
        {
          ...{ id, what, unit: 'µs', value: rounded(miss(stage)) },
        },
      ),
    ),
    row(COSTS, 'server’s time of a create, many at once', {
      ...{ id: 'create', what: 'a link that is made, on a server', unit: 'µs' },
      value: rounded(cost('server’s time of a create, many at once')),
    }),
    row(
      COSTS,
      `primary’s time at rung 3 above rung 4’s, for each redirect that memory does not answer, one at a time. Low: many at once; high: twice the value, ours`,
      {
        ...{ id: 'select', what: 'a read of a link, in the database', unit: 'µs' },
        ...spread(select('one at a time'), select('many at once')),
      },
    ),
    row(COSTS, 'primary’s time of a create, one at a time. Low: many at once; high: twice the value, ours', {
      ...{ id: 'insert', what: 'a link that is made, in the database', unit: 'µs' },
      ...spread(insert('one at a time'), insert('many at once')),
    }),
    row(
      COSTS,
      'primary’s time at rung 4, for each redirect that memory does not answer, one at a time. Low: many at once; high: twice the value, ours',
      {
        ...{
          id: 'click-added',
          what: 'a link’s clicks of a second, added in a batch, in the database',
          unit: 'µs',
        },
        ...spread(added('one at a time'), added('many at once')),
      },
    ),
    row(COSTS, 'primary’s time of a click that a worker counts. High: twice the value, ours', {
      ...{ id: 'click-queued', what: 'the same by the worker, with its id', unit: 'µs' },
      ...spread(cost('primary’s time of a click that a worker counts')),
    }),
    row(
      COSTS,
      'a replica’s time at rung 5, where it is hardly asked, for each redirect that memory does not answer, many at once. High: of a create, many at once',
      {
        ...{ id: 'replayed', what: 'a write, replayed by a replica', unit: 'µs' },
        ...{
          value: rounded(zipf('a replica’s', 5, 'many at once') / missed(5, 'many at once')),
          high: rounded(cost('a replica’s time of a create, many at once')),
        },
      },
    ),
    row(
      COSTS,
      'bytes of a link with its indexes, of a short address. Low: 150, before updates; high: twice, for long addresses',
      {
        ...{
          id: 'link-bytes',
          what: 'bytes of a link with its indexes, and room that updates leave',
          unit: 'bytes',
        },
        ...{
          value: cost('bytes of a link with its indexes'),
          low: 150,
          high: 2 * cost('bytes of a link with its indexes'),
        },
      },
    ),
    row(
      COSTS,
      'clicks that a worker counts, on a processor of this machine; a worker on Lambda has a part of a slower one. High: half, ours',
      {
        ...{ id: 'worker-drain', what: 'clicks that a worker counts a second', unit: '1/s' },
        ...{
          value: rounded(cost('clicks that a worker counts')),
          high: rounded(cost('clicks that a worker counts') / 2),
        },
      },
    ),
  ];
}

function spread(value: number, low = value): Pick<Row, 'value' | 'low' | 'high'> {
  return { value: rounded(value), low: rounded(Math.min(low, value)), high: rounded(2 * value) };
}

/** To three digits. */
function rounded(value: number): number {
  return Number(value.toPrecision(3));
}

function tableIn(page: string, command: string) {
  const output = outputOf(page, command);
  const [, date = '', machine = ''] = /^(\d{4}-\d\d-\d\d), (.*)$/m.exec(output) ?? [];
  return {
    date,
    machine,
    rows: output
      .split('\n')
      .filter((line) => line.startsWith('|'))
      .map((line) =>
        line
          .split('|')
          .slice(1, -1)
          .map((each) => each.trim()),
      ),
  };
}
