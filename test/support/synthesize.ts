/** Synthesizes what `cdk synth -c …` would, in this process, and without what only a deployment needs. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { App, AppProps } from 'aws-cdk-lib';
import { deploy } from '../../lib/deployment';
import { planFor } from '../../lib/scaling-plan';
import { sentence } from '../../lib/settings/problem';
import { readSettings } from '../../lib/settings/read';
import { appIn, withApp, withoutStackTraces } from './application';
import type { CloudAssembly, Template } from './cloud-assembly';
import { sharedJson } from './shared';

/** What a user would pass by `-c key=value`. */
export type Context = Readonly<Record<string, string>>;

/** The repository's root, where `cdk.json` is. */
export const ROOT = join(__dirname, '..', '..');

// What the CLI adds to the context by default; without it templates lack the paths that messages name.
const BY_THE_CLI = {
  'aws:cdk:enable-path-metadata': true,
  'aws:cdk:enable-asset-metadata': true,
  // Bundles nothing: the proofs read templates, and esbuild's output is not in them.
  'aws:cdk:bundling-stacks': [],
};

const memo = new Map<string, CloudAssembly>();

/** The templates of a context, by stack name in the order of deployment; made once a run, and read once a test file. */
export function synthesize(context: Context): CloudAssembly {
  const key = JSON.stringify(Object.entries(context).sort());
  const known = memo.get(key);
  if (known) return known;
  const make = (): unknown =>
    withApplication(context, { builtinCloudFormationValidation: false }, (app) => [...templatesOf(app)]);
  // eslint-disable-next-line @typescript-eslint/consistent-type-assertions -- what `make` gave, to this worker or another
  const assembly = new Map(sharedJson(`templates ${key}`, make) as readonly [string, Template][]);
  memo.set(key, assembly);
  return assembly;
}

/** Builds the construct tree of a context for `use`, in a folder that is gone afterwards. Throws on settings that are refused. */
export function withApplication<T>(context: Context, props: AppProps, use: (app: App) => T): T {
  const merged = mergedContext(context, props);
  return withApp({ ...props, context: merged }, (app) => {
    fill(app, merged);
    return use(app);
  });
}

/** What `cdk synth -c …` would leave in a folder, without bundles. */
export function writeAssembly(context: Context, outdir: string): void {
  const merged = mergedContext(context, {});
  withoutStackTraces(() => {
    const app = appIn(outdir, { builtinCloudFormationValidation: false, context: merged });
    fill(app, merged);
    app.synth();
  });
}

function mergedContext(context: Context, props: AppProps): Readonly<Record<string, unknown>> {
  return { ...flags(), ...BY_THE_CLI, ...props.context, ...context };
}

function fill(app: App, context: Readonly<Record<string, unknown>>): void {
  const result = readSettings(context, ROOT);
  if (!result.ok) throw new Error(result.problems.map(sentence).join('\n'));
  deploy(app, result.settings, planFor(result.settings));
}

/** Synthesizes a construct tree and reads its templates. */
function templatesOf(app: App): CloudAssembly {
  const { stacks } = app.synth();
  // eslint-disable-next-line @typescript-eslint/consistent-type-assertions -- a template as CloudFormation takes it
  const assembly = new Map(stacks.map(({ stackName, template }) => [stackName, template as Template]));
  if (assembly.size < stacks.length)
    throw new Error('Two stacks share a name, so the proofs would see only one.');
  return assembly;
}

/** `cdk.json`'s context: the feature flags, and whatever stage a user has set there. */
function flags(): Readonly<Record<string, unknown>> {
  // eslint-disable-next-line @typescript-eslint/consistent-type-assertions -- our own file, of a documented shape
  const settings = JSON.parse(readFileSync(join(ROOT, 'cdk.json'), 'utf8')) as {
    readonly context: Readonly<Record<string, unknown>>;
  };
  return settings.context;
}
