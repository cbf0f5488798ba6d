/** `npm run docs`: writes the pages that come from the code. */
import { join } from 'node:path';
import { readCommandLine } from '../../local/command-line';
import { ROOT } from '../support/synthesize';
import { writeFormatted } from '../../local/write-formatted';
import { generated } from './generated';

const HELP = `Usage: npm run docs

Writes docs/settings.md, the table of docs/application-contract.md and docs/planner.md anew, from the tables of settings and the
planner's data. A test fails where they are not current. It takes no options but --help. npm run climbs writes docs/climbs.
`;

async function main(): Promise<void> {
  const { values } = readCommandLine('npm run docs', { options: { help: { type: 'boolean' } } });
  if (values.help === true) {
    process.stdout.write(HELP);
    return;
  }
  for (const { file, text } of generated()) {
    await writeFormatted(join(ROOT, file), text);
    console.log(file);
  }
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
