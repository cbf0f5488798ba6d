/** CDK applications for tests: each in a folder of its own, that is gone afterwards. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runInThisContext } from 'node:vm';
import { App, type AppProps, Stack } from 'aws-cdk-lib';

/** An application with nothing in it that is written to a folder, which stays. */
export function appIn(outdir: string, props: AppProps): App {
  // eslint-disable-next-line no-restricted-syntax -- it has a folder; whoever names it ends it
  return new App({ analyticsReporting: false, treeMetadata: false, ...props, outdir });
}

/** An application with nothing in it for `use`. The CDK's own temporary folders, one for each application, stay for ever. */
export function withApp<T>(props: AppProps, use: (app: App) => T): T {
  const make = (): T => inFolder((outdir) => use(appIn(outdir, props)));
  try {
    return withoutStackTraces(make);
  } catch {
    // Once more, so that the error says where it is from.
    return make();
  }
}

/** Half of the CDK's time goes into remembering, for each construct, the line that made it. */
export function withoutStackTraces<T>(make: () => T): T {
  const { stackTraceLimit } = CDK_ERROR;
  CDK_ERROR.stackTraceLimit = 0;
  try {
    return make();
  } finally {
    CDK_ERROR.stackTraceLimit = stackTraceLimit;
  }
}

/** The CDK's own `Error`: in a test it is loaded outside of Jest's context, see test/support/outside.cjs. */
// eslint-disable-next-line @typescript-eslint/consistent-type-assertions -- it is what it says
const CDK_ERROR = runInThisContext('Error') as ErrorConstructor;

function inFolder<T>(use: (folder: string) => T): T {
  const folder = mkdtempSync(join(tmpdir(), 'zero-to-million-synthesis-'));
  try {
    return use(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** A value as a template has it. */
export function resolved(value: unknown): unknown {
  return withApp({}, (app): unknown => new Stack(app, 'Stack').resolve(value));
}
