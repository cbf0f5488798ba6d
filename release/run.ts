/**
 * `npm run release -- 1.0.0`: what a release is. Checks and tests pass, the changelog says what it is, what later versions are
 * proven against is kept (test/releases), and one commit and one tag hold it all. Nothing is pushed.
 */
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { readCommandLine } from '../local/command-line';
import { released } from './changelog';
import { refusedVersion } from './version';

const HELP = `Usage: npm run release -- VERSION

Makes a release of what is committed: runs the checks and every test, puts the version into package.json and what is
unreleased in CHANGELOG.md under it, keeps the templates and bundles that later versions are proven against in
test/releases/VERSION, commits and tags vVERSION. Pushes nothing. Where a step fails, all files are as before.

  npm run release -- 1.0.0
`;

const ROOT = resolve(__dirname, '..');

/** What must pass before anything is written; tests leave out nothing. */
const CHECKS = [
  ['npm', 'run', 'check'],
  ['npm', 'test', '--', '--ci'],
];

/** What is written from the released state, once the version stands in package.json. */
const KEPT = [
  ['npm', 'install', '--package-lock-only', '--ignore-scripts'],
  ['npm', 'run', 'climbs'],
  ['npx', 'tsx', 'test/releases/keep.ts'],
];

function main(argv: readonly string[]): number {
  const { values, positionals } = readCommandLine('npm run release', {
    args: [...argv],
    options: { help: { type: 'boolean', short: 'h' } },
    allowPositionals: true,
  });
  if (values.help === true) {
    process.stdout.write(HELP);
    return 0;
  }
  const [version, ...rest] = positionals;
  const refused = version === undefined || rest.length > 0 ? HELP : refusal(version);
  if (version === undefined || refused !== undefined) {
    console.error(refused);
    return 2;
  }
  const changelog = released(read('CHANGELOG.md'), version, new Date().toISOString().slice(0, 10));
  CHECKS.forEach(run);
  try {
    writeFileSync(join(ROOT, 'CHANGELOG.md'), changelog);
    writeFileSync(
      join(ROOT, 'package.json'),
      read('package.json').replace(/^ {2}"version": ".*"/m, `  "version": "${version}"`),
    );
    KEPT.forEach(run);
    run(['git', 'add', '--all']);
    run(['git', 'commit', '--quiet', '--message', `Release ${version}`]);
    run(['git', 'tag', '--annotate', `v${version}`, '--message', `Version ${version}`]);
  } catch (error) {
    // The tree was clean: what is there now is what this command wrote.
    run(['git', 'reset', '--quiet', '--hard']);
    run(['git', 'clean', '--quiet', '--force', '-d', 'test/releases', 'docs/climbs']);
    throw error;
  }
  console.log(`Released ${version}. To publish it: git push --follow-tags`);
  return 0;
}

/** Why this version cannot be released now, as a sentence; undefined when it can. */
function refusal(version: string): string | undefined {
  const { version: current } = packageJson();
  if (git('status', '--porcelain') !== '') {
    return 'Some files are not committed: a release is what is committed. Commit or stash them.';
  }
  if (git('tag', '--list', `v${version}`) !== '') {
    return `The tag v${version} is there already: choose the next version.`;
  }
  return refusedVersion(current, version);
}

function packageJson(): { readonly version: string } {
  // eslint-disable-next-line @typescript-eslint/consistent-type-assertions -- our own file, of a documented shape
  return JSON.parse(read('package.json')) as { readonly version: string };
}

function read(file: string): string {
  return readFileSync(join(ROOT, file), 'utf8');
}

function git(...parameters: readonly string[]): string {
  return execFileSync('git', parameters, { cwd: ROOT, encoding: 'utf8' }).trim();
}

/** Runs it as it is, its output shown. @throws Error where it does not end with 0 */
function run([command = '', ...parameters]: readonly string[]): void {
  console.log(`> ${[command, ...parameters].join(' ')}`);
  execFileSync(command, parameters, { cwd: ROOT, stdio: 'inherit' });
}

try {
  process.exitCode = main(process.argv.slice(2));
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
