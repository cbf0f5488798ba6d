/** `npm run climbs`: writes docs/climbs/, a page for each climb. */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { format, resolveConfig } from 'prettier';
import { ROOT } from '../support/synthesize';
import { documents } from './documents';

async function main(): Promise<void> {
  const folder = join(ROOT, 'docs/climbs');
  const pages = documents();
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder);
  for (const { file, text } of pages) {
    const path = join(folder, file);
    writeFileSync(path, await format(text, { ...(await resolveConfig(path)), filepath: path }));
    console.log(`docs/climbs/${file}`);
  }
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
