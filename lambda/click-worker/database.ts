import type { Client } from 'pg';
import type { Click } from '../../contract/click-message';
import { countClicks } from '../../contract/count-clicks';
import { LOOK, createElection, type Look } from '../../contract/election';
import { sqlState } from '../../contract/sql-state';
import { createKeys, createServer, type Server } from './server';

/** What became of clicks that the database was given, all of them together. */
export type Outcome =
  | { readonly kind: 'counted' }
  /** These clicks cannot be counted, now or later. */
  | { readonly kind: 'refused'; readonly reason: unknown }
  /**
   * The database does not answer, or takes no writes: it is down, restarts, is in recovery, was replaced, or has not the
   * table yet. The clicks may have been counted all the same; counting them again changes nothing then.
   */
  | { readonly kind: 'away'; readonly reason: unknown };

export interface ClickCounter {
  /** In one transaction; never rejects. */
  count(clicks: readonly Click[]): Promise<Outcome>;
}

export interface DatabaseOptions {
  /** Of all its servers; which of them takes writes is found out. */
  readonly urls: readonly string[];
  /** User and password in place of the URLs'. */
  readonly secretArn: string | undefined;
  /** Whether another data center's database has taken this one's place. Never rejects. @default - never */
  readonly isPassedOver?: () => Promise<boolean>;
}

/** How long counting may take, in ms: with all else and passing messages on it stays within the function's 30 s. */
const COUNT_TIMEOUT_MS = 5_000;

/** How long servers have to say what they are, connecting included, in ms; one that is being connected to may the next time. */
const LOOK_TIMEOUT_MS = 1_000;

/** SQLSTATE classes that say that values are wrong: data exceptions and violated constraints. */
const WRONG_DATA = /^2[23]/;

/**
 * Counts on the server that takes writes, and asks all of them again afterwards: what was counted on one that was being
 * replaced meanwhile is counted once more, on its successor.
 */
export function createDatabase({
  urls,
  secretArn,
  isPassedOver = () => Promise.resolve(false),
}: DatabaseOptions): ClickCounter {
  const keys = createKeys(secretArn);
  const servers = urls.map((url) => createServer(url, keys));
  const elect = createElection();

  /** @throws Error that says why none may be written to */
  async function primary(): Promise<Server> {
    const [looks, passedOver] = await Promise.all([Promise.allSettled(servers.map(lookAt)), isPassedOver()]);
    if (passedOver) {
      throw new Error('another data center was promoted');
    }
    const answers = looks.flatMap((look, server) =>
      look.status === 'fulfilled'
        ? [{ ...look.value, server, timeline: look.value.timeline ?? 0, isReliable: true }]
        : [],
    );
    const verdict = elect(
      answers.filter(({ inRecovery }) => !inRecovery),
      answers.filter(({ inRecovery }) => inRecovery),
    );
    const found = verdict.primary === undefined ? undefined : servers[verdict.primary];
    if (found === undefined) {
      const silent = looks.find((look) => look.status === 'rejected');
      throw new Error(describe(verdict), { cause: silent?.reason });
    }
    return found;
  }

  return {
    async count(clicks) {
      try {
        const server = await primary();
        const outcome = await server.use((client) => countOn(client, clicks));
        return outcome.kind === 'counted' && (await primary()) !== server
          ? { kind: 'away', reason: new Error('another server was promoted meanwhile') }
          : outcome;
      } catch (reason) {
        return { kind: 'away', reason };
      }
    },
  };
}

/** @throws Error where the server is of no use now */
async function countOn(client: Client, clicks: readonly Click[]): Promise<Outcome> {
  try {
    await countClicks(
      // The driver's types lack `query_timeout`.
      ({ values, ...statement }) => {
        const query = { ...statement, values: [...values], query_timeout: COUNT_TIMEOUT_MS };
        return client.query(query);
      },
      clicks,
      Date.now(),
    );
    return { kind: 'counted' };
  } catch (reason) {
    if (WRONG_DATA.test(sqlState(reason))) {
      return { kind: 'refused', reason };
    }
    throw reason;
  }
}

async function lookAt(server: Server): Promise<Look> {
  const looking = server.useAnew(async (client) => {
    const query = { text: LOOK, query_timeout: LOOK_TIMEOUT_MS };
    const [look] = (await client.query<Look>(query)).rows;
    if (look === undefined) {
      throw new Error('a server said nothing of itself');
    }
    return look;
  });
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => {
      reject(new Error(`a server did not answer within ${LOOK_TIMEOUT_MS} ms`));
    }, LOOK_TIMEOUT_MS);
  });
  return Promise.race([looking, late]).finally(() => {
    clearTimeout(timer);
  });
}

function describe({ isContested, replaced }: ReturnType<ReturnType<typeof createElection>>): string {
  if (isContested) {
    return 'servers that were promoted apart both claim to be the primary';
  }
  return replaced.length > 0 ? 'the primary was replaced by a promotion' : 'no primary is in reach';
}
