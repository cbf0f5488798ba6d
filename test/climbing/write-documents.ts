/** `npm run climbs`: writes docs/climbs/, a page for each climb. */
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { readCommandLine } from '../../local/command-line';
import { writeFormatted } from '../../local/write-formatted';

const HELP = `Usage: npm run climbs

Writes docs/climbs anew, a page for each climb: what the step adds, changes, interrupts and takes away, read off the
templates. A test fails where the pages are not current. It takes no options but --help.
`;

async function main(): Promise<void> {
  const { values } = readCommandLine('npm run climbs', { options: { help: { type: 'boolean' } } });
  if (values.help === true) {
    process.stdout.write(HELP);
    return;
  }
  // Only now, for they load the CDK, which takes seconds.
  const { documents } = await import('./documents.js');
  const folder = join(__dirname, '../../docs/climbs');
  const pages = documents();
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder);
  for (const { file, text } of pages) {
    await writeFormatted(join(folder, file), text);
    console.log(`docs/climbs/${file}`);
  }
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
