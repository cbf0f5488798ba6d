/**
 * `npm test`: makes sure that this machine has what the tests need, runs every test with Jest and closes with
 * one plain line, `N passed, N failed`. A skipped test counts as a failure: nothing is left out silently.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CHROMIUM, HAPROXY, NGINX, PGREP, REDIS, SHELLCHECK, ensure, find } from '../local/machine';

const HELP = `Usage: npm test [-- JEST-ARGUMENTS]

Runs every test. What the machine lacks (Chromium for the page, ShellCheck for the boot script, Redis or
Valkey, nginx, HAProxy, pgrep) is installed first where that can be done unasked, and named with its command otherwise.

  npm test -- test/app              only the tests below that folder
  npm test -- -t 'shortens a link'  only the tests with such a title
  npm test -- -u                    accept changed snapshots
`;

interface JestResult {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numPendingTests: number;
  readonly numTodoTests: number;
  readonly numRuntimeErrorTestSuites: number;
}

function main(jestArguments: readonly string[]): number {
  if (jestArguments.includes('--help')) {
    process.stdout.write(HELP);
    return 0;
  }
  ensure([CHROMIUM, SHELLCHECK, REDIS, NGINX, HAPROXY, PGREP]);
  const folder = mkdtempSync(join(tmpdir(), 'zero-to-million-results-'));
  try {
    const file = join(folder, 'results.json');
    const jest = spawnSync(
      process.execPath,
      [require.resolve('jest/bin/jest'), ...jestArguments, '--json', `--outputFile=${file}`],
      { stdio: ['ignore', 'ignore', 'inherit'], env: { ...process.env, CHROMIUM_PATH: find(CHROMIUM) } },
    );
    // eslint-disable-next-line @typescript-eslint/consistent-type-assertions -- Jest's own report, of a documented shape
    const result = JSON.parse(readFileSync(file, 'utf8')) as JestResult;
    const leftOut = jestArguments.includes('-t') ? 0 : result.numPendingTests + result.numTodoTests;
    const failed = result.numFailedTests + result.numRuntimeErrorTestSuites + leftOut;
    console.log(`${result.numPassedTests} passed, ${failed} failed`);
    return jest.status === 0 && failed === 0 ? 0 : 1;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

try {
  process.exitCode = main(process.argv.slice(2));
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
