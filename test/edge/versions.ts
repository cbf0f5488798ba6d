import { cpSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fingerprinted } from '../../lib/constructs/compute/fingerprint';
import { serverBundle } from '../support/program';

/** The server bundle, as it is deployed. */
export interface Version {
  /** The program that serves it. */
  readonly entry: string;
  /** Its page: deployed name, such as `static/page.0123456789abcdef.css`, → content. */
  readonly files: ReadonlyMap<string, Buffer>;
}

const ROOT = resolve(__dirname, '../..');
const PAGE = join(ROOT, 'app/web');

/** The stylesheet of the second version. */
export const REDESIGN = 'body { color: green; }\n';

/** Puts the application's bundle into a folder, twice: the second time its page has another stylesheet. */
export function bundleVersions(folder: string): readonly [Version, Version] {
  const [first, second, sources] = [join(folder, 'first'), join(folder, 'second'), join(folder, 'sources')];
  cpSync(serverBundle(), first, { recursive: true });
  cpSync(first, second, { recursive: true });
  cpSync(PAGE, sources, { recursive: true });
  writeFileSync(join(sources, 'static/page.css'), REDESIGN);
  const redesigned = fingerprinted(sources);
  replace(join(second, 'web'), redesigned);
  return [
    { entry: join(first, 'server.js'), files: fingerprinted(PAGE) },
    { entry: join(second, 'server.js'), files: redesigned },
  ];
}

function replace(web: string, files: Version['files']): void {
  rmSync(web, { recursive: true });
  mkdirSync(join(web, 'static'), { recursive: true });
  files.forEach((content, path) => {
    writeFileSync(join(web, path), content);
  });
}
