/** What tests run in processes of their own, compiled once a run: a program starts in a third of the time that its sources take. */
import { mkdirSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { buildSync } from 'esbuild';
import { bundleServer } from '../../lib/constructs/compute/bundle';
import { shared } from './shared';

const ROOT = resolve(__dirname, '../..');

/** The folder of the server bundle. It is the whole run's: a test that changes something in it takes a copy. */
export function serverBundle(): string {
  return shared('server', (folder) => {
    mkdirSync(folder);
    bundleServer({ root: ROOT, entry: undefined, folder });
  });
}

/** The application as servers run it; the embedded database, which servers have not, it finds beside the run's folder. */
export function serverProgram(): string {
  return join(serverBundle(), 'server.js');
}

/** A program that stands among the tests, as one file of JavaScript. @param file its absolute path */
export function compiled(file: string): string {
  return shared(`${basename(file, '.ts')}.js`, (outfile) => {
    buildSync({
      entryPoints: [file],
      outfile,
      bundle: true,
      platform: 'node',
      format: 'cjs',
      external: ['@electric-sql/pglite', 'pg-native'],
      logLevel: 'silent',
    });
  });
}
