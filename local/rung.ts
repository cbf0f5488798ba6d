/** A rung of the ladder on this machine, out of the real parts that it has on AWS. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { MARK_PATH } from '../contract/promotion';
import type { ApplicationSettings } from '../contract/settings';
import { temporaryFolder } from './folder';
import { FROM_SOURCE, bundled, startApplication, type Program } from './parts/application';
import { startQueue } from './parts/queue';
import { startRedis } from './parts/redis';
import { startDataCenter } from './rung/data-center';
import { startDatabases } from './rung/database';
import { startEdge, type RungEdge } from './rung/edge';
import { planRung, type RungPlan, type RungRequest } from './rung/plan';
import { createParts, type Progress, type RunningPart, type Start } from './rung/parts';

export type { RunningPart } from './rung/parts';

/** What the name of a running rung's folder begins with. */
export const FOLDER_PREFIX = 'zero-to-million-rung-';

export interface RungOptions extends RungRequest {
  /** Where users reach the rung, on 127.0.0.1. */
  readonly port: number;
  /** Where the database keeps its files, for good. @default - a temporary folder, removed at the end */
  readonly dataDir?: string | undefined;
  /** For the application, besides what the rung gives it. */
  readonly settings?: ApplicationSettings;
  /** What its servers run, but for stage 1's. @default - the application as it is now, bundled for this start alone */
  readonly program?: Program;
  /** Hears of each part: that it starts, that it is ready. */
  readonly progress?: (event: Progress) => void;
  /** Calls the start off. */
  readonly signal?: AbortSignal;
}

export interface RunningRung {
  /** Where users reach it. */
  readonly url: string;
  /** In the order in which a request meets them; what happens after it was answered last. */
  readonly parts: readonly RunningPart[];
  /** Of its own, removed at the end. */
  readonly folder: string;
  /**
   * Says at the edge that a data center's database has taken the primary's place, which is to come before its
   * promotion; nothing where there is one data center, and for the one where writes start.
   */
  mark(region: string | undefined): Promise<void>;
  /** Ends every part, those first that ask others; resolves when nothing is left. */
  stop(): Promise<void>;
}

/**
 * Starts a rung and resolves when it serves.
 *
 * @throws Error as the part does that cannot start, or with what makes no sense; nothing is left then.
 */
export async function startRung(options: RungOptions): Promise<RunningRung> {
  const { port, progress = ignore, signal = new AbortController().signal } = options;
  const plan = planRung(options);
  const folder = temporaryFolder(FOLDER_PREFIX);
  const parts = createParts({ regions: plan.regions, progress, calledOff: signal });
  async function stop(): Promise<void> {
    await parts.stop();
    await folder.remove();
  }
  try {
    const edge = await (plan.database
      ? startParts(plan, options, folder.path, parts.start)
      : startAlone(options, parts.start));
    const [home] = plan.regions;
    return {
      url: urlOf(port),
      parts: parts.list(),
      folder: folder.path,
      mark: async (region) => {
        await (region === undefined || region === home ? undefined : edge?.mark(region));
      },
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Rung 1: one server with the database in its own process. */
async function startAlone({ port, dataDir, settings }: RungOptions, start: Start): Promise<undefined> {
  await start({ kind: 'server', region: undefined, number: 1 }, () =>
    startApplication(
      FROM_SOURCE,
      {
        PUBLIC_URL: urlOf(port),
        ...settings,
        SERVER_ID: settings?.SERVER_ID ?? 'server-1',
        ...(dataDir === undefined ? {} : { DATA_DIR: join(dataDir, 'embedded') }),
      },
      port,
    ),
  );
}

async function startParts(
  plan: RungPlan,
  { port, dataDir, settings, program: given }: RungOptions,
  folder: string,
  start: Start,
): Promise<RungEdge | undefined> {
  const { regions } = plan;
  const several = <T>(wanted: boolean, begin: (region: string | undefined) => Promise<T>) =>
    Promise.all(wanted ? regions.map(begin) : []);
  const database = dataDir === undefined ? undefined : join(dataDir, 'postgresql');
  if (dataDir !== undefined) {
    // With the system's own mode: PostgreSQL, which is another user here where this one is root, must get in.
    mkdirSync(dataDir, { recursive: true });
  }
  const [databases, caches, queues, program] = await Promise.all([
    startDatabases(plan, database, start),
    several(plan.cache, (region) => start({ kind: 'cache', region }, () => startRedis())),
    several(plan.workers > 0, (region) => start({ kind: 'queue', region }, () => startQueue())),
    given ?? bundleInto(join(folder, 'bundle')),
  ]);
  const dataCenters = await Promise.all(
    databases.map(async (itsDatabases, index) => {
      const region = regions[index];
      const { url } = await startDataCenter(
        {
          plan,
          region,
          databases: itsDatabases,
          cache: caches[index],
          queues: [...queues.slice(index), ...queues.slice(0, index)],
          program,
          markUrls: otherMarks(regions, region, port),
          settings: { PUBLIC_URL: urlOf(port), ...settings },
          port: plan.edge ? undefined : port,
        },
        start,
      );
      return { region, url };
    }),
  );
  return plan.edge
    ? start({ kind: 'edge', region: undefined }, () => startEdge(dataCenters, port))
    : undefined;
}

/** Through the edge, as on AWS. */
function otherMarks(
  regions: readonly (string | undefined)[],
  own: string | undefined,
  port: number,
): readonly string[] {
  return regions.flatMap((region) =>
    region === undefined || region === own ? [] : [`http://127.0.0.1:${port}${MARK_PATH}/${region}`],
  );
}

/** Keeps this process busy for some tenths of a second, so it waits until the first parts have begun to start by themselves. */
async function bundleInto(folder: string): Promise<Program> {
  await setTimeout(100);
  mkdirSync(folder);
  return bundled(folder);
}

/** As users write it: what the application knows itself by. */
function urlOf(port: number): string {
  return `http://localhost:${port}`;
}

function ignore(): void {
  // Nobody asked to hear of it.
}
