/**
 * `npm test`: makes sure that this machine has what the tests need, runs every test with Jest and closes with
 * one plain line, `N passed, N failed`. A skipped test counts as a failure: nothing is left out silently.
 */
import { runToItsEnd, timeToEnd } from '../local/ending';
import { ensure } from '../local/machine';
import { runJest, WHAT_TESTS_NEED } from './support/jest';

const HELP = `Usage: npm test [-- JEST-ARGUMENTS]

Runs every test. What the machine lacks (Chromium for the page, ShellCheck for the boot script, Redis or
Valkey, nginx, HAProxy, RabbitMQ, kcat for Kafka's part, pgrep) is installed first where that can be done unasked, and named with its command otherwise.

  npm test -- test/app              only the tests below that folder
  npm test -- -t 'shortens a link'  only the tests with such a title
  npm test -- -u                    accept changed snapshots
`;

/** How many of the slowest files are named in the end. */
const SLOWEST = 10;

async function main(): Promise<void> {
  const jestArguments = process.argv.slice(2);
  if (jestArguments.includes('--help')) {
    process.stdout.write(HELP);
    return;
  }
  ensure(WHAT_TESTS_NEED);
  const run = await runJest(jestArguments, timeToEnd());
  const slowest = run.files
    .slice(0, SLOWEST)
    .map(({ file, seconds }) => `${seconds.toFixed(1).padStart(7)} s  ${file}`);
  const sections = [
    ...(run.leftBehind.length === 0 ? [] : ['Left behind by tests:', ...run.leftBehind]),
    ...['The slowest files:', ...slowest, ''],
    `${run.passed} passed, ${run.failed} failed`,
  ];
  console.log(sections.join('\n'));
  process.exitCode = run.failed === 0 ? 0 : 1;
}

runToItsEnd(main);
