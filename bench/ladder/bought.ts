/** What each rung buys against the one below it, said from the numbers. */
import type { RungNumber } from '../../lib/scaling-plan';
import { FIGURES, written, type Figure, type FigureId } from './figures';
import type { Measured } from './measure';

interface Purpose {
  /** What the rung is there to better, of what is measured here. */
  readonly betters: readonly FigureId[];
  /** Why these got no better where they did not, or why none of them can; known from the code. */
  readonly otherwise: string;
}

/** Where other processes took more cores than this, rates and waits are not compared: they would be the machine's. */
const QUIET_CORES = 0.25;

/** Figures besides the purpose that one sentence names. */
const MOST_OTHERS = 2;
const MOST_PRICES = 2;

const PURPOSES: Readonly<Partial<Record<RungNumber, Purpose>>> = {
  1: { betters: [], otherwise: 'The beginning: one process with the database inside.' },
  2: {
    betters: ['application', 'highest'],
    otherwise:
      'Server and database still share this machine’s cores; on AWS the database gets its own, and either can be replaced without the other.',
  },
  3: {
    betters: ['highest'],
    otherwise:
      'A server takes longer for a request the fewer it has, for it wakes for each, and three get a third each; the load balancer works for every request, too.',
  },
  4: {
    betters: ['primaryQueries', 'refused'],
    otherwise: 'Replicas answer the reads, yet memory has most of them at this rate.',
  },
  5: {
    betters: ['replicaQueries'],
    otherwise: 'The servers’ memory has answered before the cache is asked.',
  },
  6: {
    betters: ['origin', 'application'],
    otherwise: 'The page’s files are all that the edge keeps: redirects are clicks, each for the origin.',
  },
  7: {
    betters: [],
    otherwise: 'No request is cheaper, and on one machine no user is nearer to the second data center.',
  },
  8: {
    betters: ['clicksInMemory'],
    otherwise: 'The queue took no clicks from the servers.',
  },
};

const NO_PURPOSE: Purpose = { betters: [], otherwise: '' };

/** Known from the code, and said beside the numbers whatever they are. */
const BESIDES: Readonly<Partial<Record<RungNumber, string>>> = {
  2: 'On this machine rung 1’s database is PostgreSQL in WebAssembly inside the server, which answers no other request while it works; on AWS it is a process of its own, so less is to be had there.',
  3: 'What it is there for is survival: a server may die or be deployed over (npm run rehearse -- --stage 3).',
  4: 'Here the replicas replay every write on the cores that all parts share; on AWS they have their own.',
  7: 'What it is there for is survival: a data center may end (npm run rehearse -- --stage 7).',
  8: 'No redirect waits less, for none waited below: at every rung servers count clicks in memory and hand them on once a second.',
};

/** One or more sentences. @param below undefined where the rung below was not measured */
export function bought(measured: Measured, below: Measured | undefined): string {
  const { betters, otherwise } = PURPOSES[measured.rung] ?? NO_PURPOSE;
  if (below === undefined) {
    return measured.rung === 1 ? otherwise : 'The rung below was not measured.';
  }
  const better = FIGURES.filter((figure) => compare(figure, measured, below) === 'better');
  const purpose = better.filter(({ id }) => betters.includes(id));
  const others = better.filter((figure) => !purpose.includes(figure)).slice(0, MOST_OTHERS);
  const prices = FIGURES.filter((figure) => compare(figure, measured, below) === 'worse').slice(
    0,
    MOST_PRICES,
  );
  const inWords = (figures: readonly Figure[]) =>
    figures.map((figure) => change(figure, measured, below)).join(', ');
  const gains = [...purpose, ...others];
  return [
    ...(gains.length === 0 ? ['Nothing got better.'] : [`Buys: ${inWords(gains)}.`]),
    ...(prices.length === 0 ? [] : [`Costs: ${inWords(prices)}.`]),
    ...(purpose.length === 0 ? [otherwise] : []),
    ...(BESIDES[measured.rung] === undefined ? [] : [BESIDES[measured.rung]]),
  ].join(' ');
}

function compare(figure: Figure, measured: Measured, below: Measured): 'better' | 'worse' | 'same' {
  const [value, before] = [figure.of(measured), figure.of(below)];
  const isUnknown = figure.isTime && !(isQuiet(measured) && isQuiet(below));
  if (value === undefined || before === undefined || isUnknown || isSame(figure, value, before)) {
    return 'same';
  }
  return value > before === (figure.better === 'higher') ? 'better' : 'worse';
}

/** Whether the machine had its time for this rung and the load on it. */
export function isQuiet({ atFixedRate, highest }: Measured): boolean {
  return Math.max(atFixedRate.coresTakenByOthers, highest.coresTakenByOthers) <= QUIET_CORES;
}

function isSame({ least, sameWithin }: Figure, a: number, b: number): boolean {
  return Math.abs(a - b) < least || Math.max(a, b) < sameWithin * Math.min(a, b);
}

/** `the primary’s queries per request 0.62 → 0.05` */
function change(figure: Figure, measured: Measured, below: Measured): string {
  return `${figure.name} ${written(figure, figure.of(below))} → ${written(figure, figure.of(measured))}`;
}
