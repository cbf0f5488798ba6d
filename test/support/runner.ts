/** Jest's own runner, several times: each project's tests have workers of their own, beside those of the others. */
import { relative } from 'node:path';
import TestRunner, {
  EmittingTestRunner,
  type Config,
  type Test,
  type TestEvents,
  type TestRunnerContext,
  type TestRunnerOptions,
  type TestWatcher,
  type UnsubscribeFn,
} from 'jest-runner';
import { SERVER_NODE } from './runtime';

interface Project {
  /** In jest.config.mjs. */
  readonly name: string;
  /** Workers for each one that Jest would have. */
  readonly workers: number;
  /** Its workers run on the Node that servers run. */
  readonly onServerNode: boolean;
}

/** Projects that run one after the other. */
type Lane = readonly Project[];

/**
 * One step after the other, the lanes of a step side by side. What computes (at a lower priority: behind.ts) fills the waits of
 * the application's tests; rungs and browsers have the machine for themselves, or they answer too late for their tests.
 */
const STEPS: readonly (readonly Lane[])[] = [
  [
    [{ name: 'application', workers: 0.5, onServerNode: true }],
    [
      { name: 'templates', workers: 0.5, onServerNode: false },
      { name: 'boot', workers: 0.5, onServerNode: true },
    ],
  ],
  [[{ name: 'servers', workers: 1, onServerNode: false }]],
];

/**
 * What takes longest, longest first, so that a run does not end with one of them alone: `npm test` says which these are.
 * For a machine on which nothing has run yet; Jest remembers how long each file took.
 */
const LONGEST = [
  'test/local/rehearse/rehearse.test.ts',
  'test/page/path.test.ts',
  'test/app/process.test.ts',
  'test/page/page.test.ts',
  'test/server/carry-over/carry-over.test.ts',
  'test/server/click-worker/rabbitmq.test.ts',
  'test/server/click-worker/kafka.test.ts',
  'test/local/rungs.test.ts',
  'test/templates/synthesis.test.ts',
  'test/data-centers/region-lost.test.ts',
  'test/docs/commands.test.ts',
  'test/doctor/runs.test.ts',
  'test/account/guard.test.ts',
];

interface Running {
  readonly project: Project;
  readonly runner: TestRunner;
}

export default class Runner extends EmittingTestRunner {
  readonly #steps: readonly (readonly (readonly Running[])[])[];

  constructor(config: Config.GlobalConfig, context: TestRunnerContext) {
    super(config, context);
    const running = (project: Project): Running => {
      const maxWorkers = Math.max(1, Math.round(config.maxWorkers * project.workers));
      return { project, runner: new TestRunner({ ...config, maxWorkers }, context) };
    };
    this.#steps = STEPS.map((lanes) => lanes.map((lane) => lane.map(running)));
  }

  /** Jest asks for `serial` where there is little to do, or one worker: then a project comes after the other. */
  override async runTests(tests: Test[], watcher: TestWatcher, options: TestRunnerOptions): Promise<void> {
    const run = async ({ project, runner }: Running): Promise<void> => {
      const its = longestFirst(tests.filter(isOf(project)));
      if (its.length === 0) return;
      const servers = project.onServerNode ? process.env[SERVER_NODE] : undefined;
      const node = servers ?? process.execPath;
      // A process that is there already cannot become another Node.
      const serial = options.serial && node === process.execPath;
      await onNode(node, () => runner.runTests(its, watcher, { serial }));
    };
    for (const lanes of this.#steps) {
      if (options.serial) await inTurn(lanes.flat(), run);
      else await Promise.all(lanes.map((lane) => inTurn(lane, run)));
    }
  }

  override on<Name extends keyof TestEvents>(
    name: Name,
    listener: (eventData: TestEvents[Name]) => void | Promise<void>,
  ): UnsubscribeFn {
    const ends = this.#steps.flat(2).map(({ runner }) => runner.on(name, listener));
    return () => {
      ends.forEach((end) => {
        end();
      });
    };
  }
}

async function inTurn<Item>(items: readonly Item[], run: (item: Item) => Promise<void>): Promise<void> {
  for (const item of items) await run(item);
}

/** Jest starts its workers at once, with the Node that this process says it runs; it has no option for another. */
function onNode<T>(node: string, start: () => T): T {
  const own = process.execPath;
  process.execPath = node;
  try {
    return start();
  } finally {
    process.execPath = own;
  }
}

function isOf({ name }: Project) {
  return ({ context }: Test): boolean => context.config.displayName?.name === name;
}

function longestFirst(tests: readonly Test[]): Test[] {
  const place = ({ path, context }: Test): number => {
    const found = LONGEST.indexOf(relative(context.config.rootDir, path));
    return found === -1 ? LONGEST.length : found;
  };
  return [...tests].sort((a, b) => (b.duration ?? 0) - (a.duration ?? 0) || place(a) - place(b));
}
