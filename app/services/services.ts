import type { Cache } from '../adapters/cache/cache';
import type { ClickWriter, Database } from '../adapters/database';
import type { Log } from '../adapters/log';
import { createIsAdmin, type IsAdmin } from './admin';
import { createClicks, type Clicks } from './clicks';
import { createDeletions, type Deletions } from './deletions';
import { createHealth, type Health } from './health';
import { createLinkService, type Links } from './links';
import { createTargets, type Targets } from './targets';

/** Everything the routes may ask for. */
export interface Services {
  readonly links: Links;
  readonly targets: Targets;
  readonly clicks: Clicks;
  readonly health: Health;
  /** What keeps the cache from leading to deleted links; undefined where there is none. */
  readonly deletions: Deletions | undefined;
  readonly isAdmin: IsAdmin;
}

export interface ServiceOptions {
  readonly database: Database;
  readonly cache?: Cache | undefined;
  /** What takes clicks in the database's place. */
  readonly clickQueue?: ClickWriter | undefined;
  readonly log: Log;
  readonly publicUrl?: URL | undefined;
  readonly adminToken?: string | undefined;
}

/** Wires the services of one process. Nothing runs yet: `deletions.start()` and `clicks.start()` do that. */
export function createServices(options: ServiceOptions): Services {
  const { database, cache, clickQueue, log, publicUrl, adminToken } = options;
  const ownHosts = publicUrl === undefined ? [] : [publicUrl.hostname];
  const cached = cache && { cache, deletions: createDeletions({ reader: database.links, cache, log }) };
  const targets = createTargets(database.links, ownHosts, cached);
  return {
    targets,
    links: createLinkService(database.links, targets),
    clicks: createClicks(clickQueue ?? database.links, log),
    health: createHealth(database.health),
    deletions: cached?.deletions,
    isAdmin: createIsAdmin(adminToken),
  };
}
