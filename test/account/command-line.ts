/** The real command line of the CDK, against the stand-in for an account, with what was synthesized beforehand. */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Run } from '../support/command-line';
import { sharedFor } from '../support/shared';
import { type Context, ROOT, writeAssembly } from '../support/synthesize';
import type { Account } from './account';

/**
 * `cdk` with these words, such as `deploy --all`, on what `cdk synth -c …` of a context makes (without bundles: the
 * stand-in never opens one). Nothing is asked and nothing but the account.
 */
export async function cdk(
  { environment }: Account,
  context: Context,
  ...words: readonly string[]
): Promise<Pick<Run, 'code' | 'said'>> {
  const folder = mkdtempSync(join(tmpdir(), 'zero-to-million-cdk-'));
  try {
    return await run(folder, environment, [...words, '--app', assemblyOf(context)]);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Made once a run: the command line only reads it. */
function assemblyOf(context: Context): string {
  return sharedFor(`assembly ${JSON.stringify(Object.entries(context).sort())}`, (path) => {
    writeAssembly(context, path);
  });
}

const QUIETLY = ['--no-notices', '--no-color', '--ci'];

/** Answers given beforehand: a person would be asked. */
const ANSWERS: Readonly<Record<string, readonly string[]>> = {
  deploy: ['--require-approval', 'never', '--progress', 'events'],
  destroy: ['--force'],
};

function run(
  home: string,
  environment: Account['environment'],
  words: readonly string[],
): Promise<Pick<Run, 'code' | 'said'>> {
  const parameters = [
    require.resolve('aws-cdk/bin/cdk'),
    ...words,
    ...(ANSWERS[words[0] ?? ''] ?? []),
    ...QUIETLY,
  ];
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, parameters, {
      cwd: ROOT,
      env: {
        PATH: process.env['PATH'],
        HOME: home,
        TMPDIR: home,
        // Its sender would be a process that outlives the run.
        CDK_DISABLE_CLI_TELEMETRY: 'true',
        ...environment,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let said = '';
    child.stdout.on('data', (chunk: Buffer) => (said += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()));
    child.on('error', reject);
    child.on('close', (code) => {
      resolve({ code, said });
    });
  });
}
