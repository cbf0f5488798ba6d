/** `npm run mutate`: mutation tests, a file at a time. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { format, resolveConfig } from 'prettier';
import { readCommandLine } from '../../local/command-line';
import { runToItsEnd } from '../../local/ending';
import { temporaryFolder } from '../../local/folder';
import { ROOT } from '../support/synthesize';
import { forgetSurvivors, knownOf } from './known';
import { fingerprint, keep, keptResults, section, withSection, type Result } from './results';
import { SUBJECTS } from './subjects';
import { endWorkersAtExit } from './workers';

const PAGE = join(ROOT, 'docs/tests.md');

const HELP = `Usage: npm run mutate [-- FILES]

Changes one thing at a time in a file that decides and runs the unit tests that are about it; shows each change that none of
them noticed. Keeps the scores in test/mutation/results.json, a file at a time, and writes them into docs/tests.md. A change
that a test noticed is not made again while the code there is as it was and the test has its title.

  npm run mutate                        every file that has changed since it was run, or its tests; goes on where it stopped
  npm run mutate -- lib/settings.ts     this file, whatever is kept
  npm run mutate -- --anew              makes every change again: what a test leans on may have changed
  npm run mutate -- --help              this text and the files

Files:
${Object.keys(SUBJECTS)
  .map((file) => `  ${file}`)
  .join('\n')}
`;

async function main(): Promise<void> {
  const { values, positionals: files } = readCommandLine('npm run mutate', {
    options: { anew: { type: 'boolean' }, help: { type: 'boolean' } },
    allowPositionals: true,
  });
  if (values.help === true) {
    process.stdout.write(HELP);
    return;
  }
  const unknown = files.filter((file) => !Object.hasOwn(SUBJECTS, file));
  if (unknown.length > 0) {
    throw new Error(`Not among the files that are mutated: ${unknown.join(', ')}.\n\n${HELP}`);
  }
  endWorkersAtExit();
  const wanted = files.length > 0 ? files : Object.keys(SUBJECTS).filter((file) => !isCurrent(file));
  for (const [index, file] of wanted.entries()) {
    console.log(`${index + 1} of ${wanted.length}: ${file}`);
    const result = await mutate(file, values.anew === true);
    keep(file, result);
    await writePage();
    console.log(`${file}: ${result.killed} of ${result.mutants} killed`);
  }
  await writePage();
}

function isCurrent(file: string): boolean {
  return keptResults()[file]?.fingerprint === fingerprint(file);
}

async function mutate(file: string, anew: boolean): Promise<Result> {
  const before = fingerprint(file);
  forgetSurvivors(join(ROOT, knownOf(file)));
  // Stryker's own would lie in this folder, and outlive a run that is interrupted.
  const folder = temporaryFolder('z2m-mutate-');
  try {
    // An ES module.
    const { Stryker } = await import('@stryker-mutator/core');
    const mutants = await new Stryker({
      configFile: 'test/mutation/stryker.json',
      mutate: [file],
      jest: {
        configFile: 'test/mutation/jest.config.mjs',
        config: { testMatch: (SUBJECTS[file] ?? []).map((test) => `<rootDir>/${test}`) },
        enableFindRelatedTests: false,
      },
      tempDirName: folder.path,
      incremental: true,
      incrementalFile: knownOf(file),
      force: anew,
      reporters: ['clear-text', process.stdout.isTTY ? 'progress' : 'progress-append-only'],
    }).runMutationTest();
    const count = (...statuses: readonly string[]): number =>
      mutants.filter(({ status }) => statuses.includes(status)).length;
    const killed = count('Killed', 'Timeout');
    return {
      mutants: killed + count('Survived', 'NoCoverage'),
      killed,
      date: new Date().toISOString().slice(0, 10),
      fingerprint: before,
    };
  } finally {
    await folder.remove();
  }
}

async function writePage(): Promise<void> {
  const page = existsSync(PAGE) ? readFileSync(PAGE, 'utf8') : '# Tests\n';
  // The section alone: the rest of the page is written by hand.
  const text = await format(section(keptResults()), { ...(await resolveConfig(PAGE)), filepath: PAGE });
  writeFileSync(PAGE, withSection(page, text));
}

runToItsEnd(main);
