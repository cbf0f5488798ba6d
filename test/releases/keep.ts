/** `npm run release` calls it: keeps today's templates and programs as those of the version in package.json. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { bundleFunction, bundleServer } from '../../lib/constructs/compute/bundle';
import type { Template } from '../support/cloud-assembly';
import { masked } from '../support/masked';
import { everywhere } from '../support/rungs';
import { ROOT, synthesize } from '../support/synthesize';
import { store } from './archive';

function main(): void {
  // eslint-disable-next-line @typescript-eslint/consistent-type-assertions -- our own file, of a documented shape
  const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { version: string };
  const assemblies = everywhere().map(({ title, context }): [string, Readonly<Record<string, Template>>] => [
    title,
    Object.fromEntries([...synthesize(context)].map(([stack, template]) => [stack, masked(template)])),
  ]);
  store(version, Object.fromEntries(assemblies), {
    server: written(
      (folder) => {
        bundleServer({ root: ROOT, entry: undefined, folder });
      },
      (path) => path === 'server.js' || path.startsWith('web/'),
    ),
    'click-worker': written(
      (folder) => {
        bundleFunction({ root: ROOT, entry: join(ROOT, 'lambda/click-worker/handler.ts'), folder });
      },
      () => true,
    ),
  });
  console.log(`Kept ${assemblies.length} variants of templates and two programs in test/releases/${version}`);
}

/** What `write` puts into a folder, as far as it is wanted: path → content in base64. */
function written(
  write: (folder: string) => void,
  wanted: (path: string) => boolean,
): Readonly<Record<string, string>> {
  const folder = mkdtempSync(join(tmpdir(), 'zero-to-million-keep-'));
  try {
    write(folder);
    const paths = readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => relative(folder, join(entry.parentPath, entry.name)))
      .filter(wanted)
      .sort();
    return Object.fromEntries(
      paths.map((path) => [path, readFileSync(join(folder, path)).toString('base64')]),
    );
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

main();
