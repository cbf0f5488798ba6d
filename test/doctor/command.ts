/** `npm run doctor` as a process of its own, before an account that a test has made up. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { pathToFileURL } from 'node:url';
import type { Template } from '../support/cloud-assembly';
import { type Context, ROOT, withApplication } from '../support/synthesize';
import type { Account, Stack } from './account';
import { type Heard, type StandIn, startStandIn } from './stand-in';

/** How a run ended. */
export interface Run {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** What of a user's environment the command is given: nothing that holds credentials, or leads to any. */
const ENVIRONMENT = {
  PATH: process.env['PATH'],
  HOME: '/nonexistent',
  AWS_EC2_METADATA_DISABLED: 'true',
};

/** tsx without its command line, which is a second process for each run; with its loader of modules: the doctor imports itself late. */
const BY_TSX_LOADER = ['--import', pathToFileURL(require.resolve('tsx')).href];

/**
 * A project whose synthesis is done already: with the real one, each run would take two seconds more. Settings are in its
 * `cdk.json`.
 */
export interface Project {
  run(account: Account, ...argv: readonly string[]): Promise<Run & { readonly heard: readonly Heard[] }>;
  /** Starts it, and leaves it to the test to end it. */
  start(standIn: StandIn, environment?: Readonly<Record<string, string>>): ChildProcess;
  /** Its stacks with all they have, in that state. */
  stacks(status: string): readonly Stack[];
  /** Where the command keeps temporary files. */
  readonly temporary: string;
  remove(): void;
}

export function newProject(context: Context): Project {
  const folder = mkdtempSync(join(tmpdir(), 'zero-to-million-project-'));
  const [assembly, temporary] = [join(folder, 'assembly'), join(folder, 'temporary')];
  mkdirSync(temporary);
  const stacks = withApplication(context, { builtinCloudFormationValidation: false }, (app) => {
    const made = app.synth();
    cpSync(made.directory, assembly, { recursive: true });
    return made.stacks.map(({ stackName, environment, template }) => ({
      name: stackName,
      region: environment.region,
      // eslint-disable-next-line @typescript-eslint/consistent-type-assertions -- a template as CloudFormation takes it
      resources: Object.keys((template as Template).Resources),
    }));
  });
  writeFileSync(
    join(folder, 'cdk.json'),
    JSON.stringify({ app: `cp -R '${assembly}'/. "$CDK_OUTDIR"`, context }),
  );
  const start = (
    standIn: StandIn,
    environment: Readonly<Record<string, string>> = {},
    ...argv: readonly string[]
  ): ChildProcess =>
    spawn(
      process.execPath,
      [...BY_TSX_LOADER, join(ROOT, 'doctor/run.ts'), '--resolver', standIn.resolver, ...argv],
      {
        cwd: folder,
        env: { ...ENVIRONMENT, ...standIn.environment, ...environment },
        stdio: ['ignore', 'pipe', 'pipe'],
      },
    );
  return {
    start,
    temporary,
    stacks: (status) =>
      stacks.map((stack) => ({
        ...stack,
        status,
        resources: Object.fromEntries(stack.resources.map((id) => [id, 'CREATE_COMPLETE'])),
      })),
    run: (account, ...argv) => before(account, (standIn) => endOf(start(standIn, {}, ...argv))),
    remove: () => {
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** The command as people type it, in this repository: npm, the real synthesis, everything. */
export function npmRunDoctor(account: Account, ...argv: readonly string[]) {
  return before(account, (standIn) => runByNpm(standIn.environment, '--resolver', standIn.resolver, ...argv));
}

/** The same without any account. */
export function runByNpm(
  environment: Readonly<Record<string, string>>,
  ...argv: readonly string[]
): Promise<Run> {
  return endOf(
    spawn('npm', ['run', '--silent', 'doctor', '--', ...argv], {
      cwd: ROOT,
      env: { ...ENVIRONMENT, ...environment },
      stdio: ['ignore', 'pipe', 'pipe'],
    }),
  );
}

/** Runs before the account; whatever is asked that does not only read is an error. */
async function before(
  account: Account,
  run: (standIn: StandIn) => Promise<Run>,
): Promise<Run & { readonly heard: readonly Heard[] }> {
  const standIn = await startStandIn(account);
  try {
    const ended = await run(standIn);
    if (standIn.refused.length > 0) {
      throw new Error(`It asked for more than to read: ${JSON.stringify(standIn.refused)}`);
    }
    return { ...ended, heard: standIn.heard };
  } finally {
    await standIn.close();
  }
}

export async function endOf(child: ChildProcess): Promise<Run> {
  const { stdout, stderr } = child;
  if (stdout === null || stderr === null) {
    throw new Error('Its output goes elsewhere.');
  }
  const [out, err] = await Promise.all([text(stdout), text(stderr), once(child, 'close')]);
  return { code: child.exitCode, out, err };
}
