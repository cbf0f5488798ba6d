/** Jest's own runner twice: tests that wait for servers run beside tests that compute, each kind with workers of its own. */
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
import { relative } from 'node:path';

/** The project in jest.config.mjs whose tests wait for real servers most of the time. */
const WAITING = 'servers';

/** How many of those a processor carries at once. */
const WAITING_PER_CORE = 2;

/**
 * What takes longest, longest first, so that a run does not end with one of them alone: `npm test` says which these are.
 * For a machine on which nothing has run yet; Jest remembers how long each file took.
 */
const LONGEST = [
  'test/local/rehearse/rehearse.test.ts',
  'test/page/path.test.ts',
  'test/data-centers/region-lost.test.ts',
  'test/server/carry-over/carry-over.test.ts',
  'test/local/rungs.test.ts',
  'test/templates/validation.test.ts',
  'test/climbing/climb.test.ts',
];

export default class Runner extends EmittingTestRunner {
  readonly #waiting: TestRunner;
  readonly #computing: TestRunner;

  constructor(config: Config.GlobalConfig, context: TestRunnerContext) {
    super(config, context);
    this.#waiting = new TestRunner({ ...config, maxWorkers: config.maxWorkers * WAITING_PER_CORE }, context);
    this.#computing = new TestRunner(config, context);
  }

  override async runTests(
    tests: Test[],
    watcher: TestWatcher,
    options: TestRunnerOptions,
  ): Promise<void> {
    const sorted = longestFirst(tests);
    const [waiting, computing] = options.serial
      ? [[], sorted]
      : [sorted.filter(isWaiting), sorted.filter((test) => !isWaiting(test))];
    await Promise.all([
      waiting.length === 0 ? undefined : this.#waiting.runTests(waiting, watcher, options),
      computing.length === 0 ? undefined : this.#computing.runTests(computing, watcher, options),
    ]);
  }

  override on<Name extends keyof TestEvents>(
    name: Name,
    listener: (eventData: TestEvents[Name]) => void | Promise<void>,
  ): UnsubscribeFn {
    const ends = [this.#waiting, this.#computing].map((runner) => runner.on(name, listener));
    return () => {
      ends.forEach((end) => {
        end();
      });
    };
  }
}

function isWaiting({ context }: Test): boolean {
  return context.config.displayName?.name === WAITING;
}

function longestFirst(tests: readonly Test[]): Test[] {
  const place = ({ path, context }: Test): number => {
    const found = LONGEST.indexOf(relative(context.config.rootDir, path));
    return found === -1 ? LONGEST.length : found;
  };
  return [...tests].sort((a, b) => (b.duration ?? 0) - (a.duration ?? 0) || place(a) - place(b));
}
