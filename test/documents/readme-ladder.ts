/** README's table of the ladder: each rung with its picture, what it carries as it comes, what it costs, what the step up interrupts. */
import { billOf } from '../../lib/capacity/cost/bill';
import { type Habits, loadOf } from '../../lib/capacity/load';
import { count, dollars } from '../../lib/capacity/report';
import { NOTHING, sized } from '../../lib/capacity/sizes';
import { LADDER, type RungName } from '../../lib/scaling-plan';
import { interruptions } from '../climbing/documents';
import { RUNGS } from '../support/rungs';
import { pictureFile } from './pictures/pictures';

type Place = Parameters<typeof sized>[0];

/** Between these lines of README stands the table. */
const MARKS = ['<!-- ladder -->', '<!-- /ladder -->'] as const;

/** What each rung is there to survive or serve. */
const SERVES: Readonly<Record<RungName, string>> = {
  'single-server': 'the server dies: a new one takes volume and address',
  'separate-database': 'application and data scale and fail apart',
  'load-balancer': 'a server dies or is deployed over: no failed request',
  'database-replication': 'the primary dies: reads go on, nothing acknowledged is lost',
  cache: 'the database’s load falls',
  cdn: 'far users, static load, a first line of defense',
  'data-centers': 'a whole region dies',
  'message-queue': 'bursts, slow or dead consumers: nothing lost, nothing counted twice',
  sharding: 'one primary’s write ceiling',
};

/** The table, with its marks. */
function ladderTable(): string {
  const steps = interruptions();
  const lines = LADDER.map(({ number, name, adds, built }) => {
    const rung = RUNGS.find((one) => one.number === number && one.without.length === 0);
    const place: Place = { stage: number, without: [] };
    const title = number > 1 && built ? `[\`${name}\`](docs/climbs/${number}-${name}.md)` : `\`${name}\``;
    const cells = built
      ? [
          ...figures(place),
          shortly(steps.get(number)),
          rung === undefined ? '' : `[see](docs/pictures/${pictureFile(rung)})`,
        ]
      : ['', '', 'not built yet', ''];
    return [String(number), title, adds, SERVES[name], ...cells];
  });
  return [
    MARKS[0],
    '',
    ...[
      [
        'stage',
        'name',
        'what it adds',
        'there to survive or serve',
        'carries, a day',
        'a month, at rest and there',
        'the step up interrupts',
        'picture',
      ],
      Array.from({ length: 8 }, () => '---'),
      ...lines,
    ].map((cells) => `| ${cells.join(' | ')} |`),
    '',
    'Users and costs are the [planner’s](docs/planner.md), with sizes as they come, in us-east-1 and, where there are two regions, eu-west-1. [A slider](docs/ladder.html) goes over the whole ladder.',
    '',
    MARKS[1],
  ].join('\n');
}

/** README with the table between its marks. */
export function withLadder(readme: string, table = ladderTable()): string {
  const [start, end] = MARKS.map((mark) => readme.indexOf(mark));
  if (start === undefined || end === undefined || start < 0 || end < start) {
    throw new Error(`README has no ${MARKS.join(' … ')}: the table of the ladder stands between them.`);
  }
  return `${readme.slice(0, start)}${table}${readme.slice(end + MARKS[1].length)}`;
}

/** What a step interrupts, in few words: its page has the sentence. */
function shortly(interruption: string | undefined): string {
  if (interruption === undefined) return '–';
  return interruption.startsWith('Nothing is interrupted')
    ? 'nothing'
    : interruption.replace(/^U(.*)\.$/, 'u$1');
}

/** Sizes as they come, but for the database’s storage, which grows as far as it is let. */
const SIZES = { ...NOTHING, databaseMaxStorageGiB: 4_096 };

/** How many users the rung carries with sizes as they come, and what a month costs at rest and there. */
function figures(place: Place): readonly [string, string] {
  const users = usersOf(place);
  const [rest, full] = [0, users].map((some) => monthOf(place, { users: some }));
  return [`${count(users / 1e6)} M users`, `${rest ?? '?'} to ${full ?? '?'}`];
}

function usersOf(place: Place): number {
  const carries = (users: number): boolean => sized(place, SIZES, loadOf({ users })).over.length === 0;
  let [low, high] = [1, 2];
  while (carries(high)) [low, high] = [high, high * 4];
  // Two digits that count, rounded down: the model is no better.
  for (let step = 0; step < 20; step += 1) {
    const middle = Math.sqrt(low * high);
    [low, high] = carries(middle) ? [middle, high] : [low, middle];
  }
  const digits = 10 ** (Math.floor(Math.log10(low)) - 1);
  return Math.floor(low / digits) * digits;
}

function monthOf(place: Place, habits: Habits): string {
  const load = loadOf(habits);
  const { plan } = sized(place, SIZES, load);
  const bill = billOf(
    { plan, regions: plan.dataCenters ? ['us-east-1', 'eu-west-1'] : ['us-east-1'], hasDomain: true },
    load,
  );
  return bill.known ? dollars(bill.total.expected) : '?';
}
