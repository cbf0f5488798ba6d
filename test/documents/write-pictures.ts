/** `npm run diagrams`: writes docs/pictures/, a picture of each rung, and docs/ladder.html, which shows them by users. */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readCommandLine } from '../../local/command-line';
import { writeFormatted } from '../../local/write-formatted';

const HELP = `Usage: npm run diagrams

Draws docs/pictures anew: how a request goes through each rung, read off the templates; docs/ladder.html, which shows
them beside the planner's figures; and README's table of the ladder. A test fails where they are not current. It takes no
options but --help.
`;

async function main(): Promise<void> {
  const { values } = readCommandLine('npm run diagrams', { options: { help: { type: 'boolean' } } });
  if (values.help === true) {
    process.stdout.write(HELP);
    return;
  }
  // Only now, for they load the CDK, which takes seconds.
  const { drawings, svgs } = await import('./pictures/pictures.js');
  const { ladderPage } = await import('./ladder/page.js');
  const { ladderTable, withLadder } = await import('./readme-ladder.js');
  const docs = join(__dirname, '../../docs');
  const folder = join(docs, 'pictures');
  const drawn = drawings();
  const files = await svgs(drawn);
  const page = await ladderPage(drawn, files);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder);
  for (const { file, text } of files) {
    writeFileSync(join(folder, file), text);
    console.log(`docs/pictures/${file}`);
  }
  writeFileSync(join(docs, 'ladder.html'), page);
  console.log('docs/ladder.html');
  const readme = join(docs, '../README.md');
  await writeFormatted(readme, withLadder(readFileSync(readme, 'utf8'), ladderTable()));
  console.log('README.md');
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
