/** What Stryker knows of earlier runs: a file for each that is mutated, not committed. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';

/** As far as it is read here. */
interface Known {
  readonly files: Readonly<Record<string, { readonly mutants: readonly Mutant[] }>>;
}

interface Mutant {
  readonly status: string;
}

/** Where it is kept for a file, below the project's folder. */
export function knownOf(file: string): string {
  return `node_modules/.cache/mutation/${file.replaceAll('/', '-')}.json`;
}

/**
 * Has those changes made again that no test noticed: a test may have been written since. Stryker sees a new one by its
 * title, and not that a table's test (`test.each`) says something else.
 */
export function forgetSurvivors(path: string): void {
  if (!existsSync(path)) {
    return;
  }
  // eslint-disable-next-line @typescript-eslint/consistent-type-assertions -- mutation-testing-report-schema, by Stryker
  const known = JSON.parse(readFileSync(path, 'utf8')) as Known;
  const isNoticed = ({ status }: Mutant): boolean => !['Survived', 'NoCoverage'].includes(status);
  const files = Object.entries(known.files).map(
    ([name, file]) => [name, { ...file, mutants: file.mutants.filter(isNoticed) }] as const,
  );
  writeFileSync(path, JSON.stringify({ ...known, files: Object.fromEntries(files) }));
}
