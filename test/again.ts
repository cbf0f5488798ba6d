/** `npm run test:again`: repeats the tests that wait for real servers until one fails, or as often as asked. */
import { runToItsEnd, timeToEnd } from '../local/ending';
import { WHAT_TESTS_NEED, runJest } from './support/jest';
import { ensure } from '../local/machine';

const HELP = `Usage: npm run test:again -- TIMES [FILES]

Repeats the tests that wait for real servers, which are those that chance may fail, until one fails, TIMES times at most.
Ends with 1 where one failed, which Jest has shown by then.

  npm run test:again -- 20                          all of them, twenty times
  npm run test:again -- 100 test/local/haproxy      one file, a hundred times
`;

async function main(): Promise<void> {
  const [given = '--help', ...testPaths] = process.argv.slice(2);
  if (given === '--help') {
    process.stdout.write(HELP);
    return;
  }
  const times = Number(given);
  if (!(Number.isInteger(times) && times >= 1)) {
    throw new Error(`How many times? Expected a whole number from 1, got ${given}.\n\n${HELP}`);
  }
  ensure(WHAT_TESTS_NEED);
  const signal = timeToEnd();
  for (let time = 1; time <= times; time += 1) {
    const run = await runJest([...testPaths, '--selectProjects', 'application', 'boot', 'servers'], signal);
    const [slowest] = run.files;
    console.log(
      `${time} of ${times}: ${run.passed} passed, ${run.failed} failed; ` +
        `the slowest took ${slowest?.seconds.toFixed(1) ?? '0'} s: ${slowest?.file ?? 'none'}`,
    );
    if (run.failed > 0) {
      console.log(run.leftBehind.join('\n'));
      process.exitCode = 1;
      return;
    }
  }
}

runToItsEnd(main);
