/** Whether Lambda lets as many functions run at once as the rung has, and reserve what it reserves. */
import { GetAccountSettingsCommand } from '@aws-sdk/client-lambda';
import { missing } from '../deployed';
import { type Finding, ok, wrong } from '../finding';
import { at, count } from '../json';
import { regionsOf, type WantedResource } from '../wanted';
import type { Question } from '../question';
import { raising } from './limits';

const QUOTA = { service: 'lambda', code: 'L-B99A9384' };

/** What AWS gives an ordinary account, and a new one for the asking. */
const ORDINARY = 1000;

/** Lambda lets nobody reserve the last hundred, or anything at all where an account has fewer than that (its own error says 10, 50 or 100). */
const NEVER_RESERVED = 100;

export interface Concurrency {
  readonly region: string;
  /** How many may run at once. */
  readonly allowed: number;
  /** Of those, what no function has reserved. */
  readonly unreserved: number;
  /** What the rung reserves and has not yet. */
  readonly reserving: number;
  /** How many the rung runs at once at most, besides. */
  readonly running: number;
}

export function judgeConcurrency(concurrency: Concurrency): Finding {
  const { region, allowed, unreserved, reserving, running } = concurrency;
  const kept = reserving > 0 ? Math.min(NEVER_RESERVED, allowed) : 0;
  const needed = Math.max(reserving + kept, reserving + running);
  const found = `${allowed} allowed at once, ${unreserved} of them unreserved`;
  const purpose =
    reserving > 0 ? `${needed}: ${reserving} reserved, and ${kept} that may not be` : `${needed} at once`;
  return unreserved >= needed ? ok(found, purpose) : wrong(found, purpose, raising(region, QUOTA)(ORDINARY));
}

export const functions: Question = {
  title: 'functions',
  places: ({ wanted }) => regionsOf(wanted),
  answer: async ({ aws, deployed, wanted }, region) => {
    const [{ AccountLimit }, there] = await Promise.all([
      aws.lambda(region).send(new GetAccountSettingsCommand({})),
      deployed(region),
    ]);
    const here = wanted.resources.filter((resource) => resource.region === region);
    const sum = (resources: readonly WantedResource[], path: string): number =>
      resources.reduce((all, { properties }) => all + count(at(properties, path)), 0);
    return [
      judgeConcurrency({
        region,
        allowed: AccountLimit?.ConcurrentExecutions ?? 0,
        unreserved: AccountLimit?.UnreservedConcurrentExecutions ?? 0,
        reserving: sum(missing(there, here), 'ReservedConcurrentExecutions'),
        // What events start, and one that a deployment waits for.
        running: sum(here, 'ScalingConfig.MaximumConcurrency') + 1,
      }),
    ];
  },
};
