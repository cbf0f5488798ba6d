/** `npm run docs`: writes the pages that come from the code. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readCommandLine } from '../../local/command-line';
import { ROOT } from '../support/synthesize';
import { generated } from './generated';

const HELP = `Usage: npm run docs

Writes docs/settings.md, the table of docs/application-contract.md and docs/planner.md anew, from the tables of settings and the
planner's data. A test fails where they are not current. It takes no options but --help. npm run climbs writes docs/climbs.
`;

function main(): void {
  const { values } = readCommandLine('npm run docs', { options: { help: { type: 'boolean' } } });
  if (values.help === true) {
    process.stdout.write(HELP);
    return;
  }
  for (const { file, text } of generated()) {
    writeFileSync(join(ROOT, file), text);
    console.log(file);
  }
}

try {
  main();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
