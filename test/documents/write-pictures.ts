/** `npm run diagrams`: writes docs/pictures/, a picture of each rung. */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readCommandLine } from '../../local/command-line';

const HELP = `Usage: npm run diagrams

Draws docs/pictures anew: how a request goes through each rung, read off the templates. A test fails where the pictures
are not current. It takes no options but --help.
`;

async function main(): Promise<void> {
  const { values } = readCommandLine('npm run diagrams', { options: { help: { type: 'boolean' } } });
  if (values.help === true) {
    process.stdout.write(HELP);
    return;
  }
  // Only now, for they load the CDK, which takes seconds.
  const { drawings, svgs } = await import('./pictures/pictures.js');
  const folder = join(__dirname, '../../docs/pictures');
  const files = await svgs(drawings());
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder);
  for (const { file, text } of files) {
    writeFileSync(join(folder, file), text);
    console.log(`docs/pictures/${file}`);
  }
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
