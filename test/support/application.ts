/** CDK applications for tests: each in a folder of its own, that is gone afterwards. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App, type AppProps, Stack } from 'aws-cdk-lib';

/** An application with nothing in it that is written to a folder, which stays. */
export function appIn(outdir: string, props: AppProps): App {
  // eslint-disable-next-line no-restricted-syntax -- it has a folder; whoever names it ends it
  return new App({ analyticsReporting: false, treeMetadata: false, ...props, outdir });
}

/** An application with nothing in it for `use`. The CDK's own temporary folders, one for each application, stay for ever. */
export function withApp<T>(props: AppProps, use: (app: App) => T): T {
  const outdir = mkdtempSync(join(tmpdir(), 'zero-to-million-synthesis-'));
  try {
    return use(appIn(outdir, props));
  } finally {
    rmSync(outdir, { recursive: true, force: true });
  }
}

/** A value as a template has it. */
export function resolved(value: unknown): unknown {
  return withApp({}, (app): unknown => new Stack(app, 'Stack').resolve(value));
}
