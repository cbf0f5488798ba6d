/** Users and their habits → requests a second, by Little's law and little else. */
import { row } from './data';
import { derive, type Figure, given } from './figure';

/** What is known of the users; each has a default in the data. */
export interface Habits {
  /** Users of a day. */
  readonly users: number;
  /** Requests of a user in a day. */
  readonly requestsPerUser?: number | undefined;
  /** Links followed for each that is made. */
  readonly readsPerWrite?: number | undefined;
  /** The busiest minute against the average. */
  readonly peak?: number | undefined;
  /** Share of users on another continent, 0 to 1. */
  readonly far?: number | undefined;
  /** Longest median time of a far user's redirect, in ms. */
  readonly latency?: number | undefined;
  /** Share of requests that are answered, 0 to 1. */
  readonly availability?: number | undefined;
  /** Growth of users a month, 0.2 for a fifth. */
  readonly growth?: number | undefined;
  /** Months that links are kept. */
  readonly retention?: number | undefined;
  /** Most that a month may cost, in $. @default - no bound */
  readonly budget?: number | undefined;
}

/** What users do, as figures. */
export interface Load {
  readonly users: Figure;
  /** Requests a second on average. */
  readonly average: Figure;
  /** Against the average. */
  readonly peak: Figure;
  /** Redirects a second at peak, each of them a click. */
  readonly redirects: Figure;
  /** Links made a second at peak. */
  readonly creates: Figure;
  /** Both. */
  readonly requests: Figure;
  /** Links that are kept. */
  readonly links: Figure;
  readonly far: Figure;
  readonly latency: Figure;
  readonly availability: Figure;
  readonly growth: Figure;
}

/** The load that habits make. */
export function loadOf(habits: Habits): Load {
  const habit = (id: string, value: number | undefined): Figure => {
    const usual = row(id);
    return value === undefined
      ? usual
      : given(id, usual.what, usual.unit, value, 'given on the command line');
  };
  const users = given('users', 'users of a day', 'users', habits.users, 'given');
  const perUser = habit('requests-per-user', habits.requestsPerUser);
  const perWrite = habit('reads-per-write', habits.readsPerWrite);
  const peak = habit('peak', habits.peak);
  const average = derive(
    {
      id: 'average',
      what: 'requests a second on average',
      unit: '1/s',
      how: 'users × requests-per-user / seconds-a-day',
    },
    { users, perUser, day: row('seconds-a-day') },
    (of) => (of.users * of.perUser) / of.day,
  );
  const creates = derive(
    {
      id: 'creates',
      what: 'links made a second at peak',
      unit: '1/s',
      how: 'average × peak / (reads-per-write + 1)',
    },
    { average, peak, perWrite },
    (of) => (of.average * of.peak) / (of.perWrite + 1),
  );
  const redirects = derive(
    { id: 'redirects', what: 'redirects a second at peak', unit: '1/s', how: 'creates × reads-per-write' },
    { creates, perWrite },
    (of) => of.creates * of.perWrite,
  );
  return {
    users,
    average,
    peak,
    creates,
    redirects,
    requests: derive(
      { id: 'requests', what: 'requests a second at peak', unit: '1/s', how: 'redirects + creates' },
      { redirects, creates },
      (of) => of.redirects + of.creates,
    ),
    links: derive(
      {
        id: 'links',
        what: 'links that are kept',
        unit: 'links',
        how: 'creates / peak × 3600 × hours-a-month × retention, one at least',
      },
      { creates, peak, hours: row('hours-a-month'), kept: habit('retention', habits.retention) },
      (of) => Math.max(1, (of.creates / of.peak) * 3600 * of.hours * of.kept),
    ),
    far: habit('far', habits.far),
    latency: habit('latency', habits.latency),
    availability: habit('availability', habits.availability),
    growth: habit('growth', habits.growth),
  };
}
