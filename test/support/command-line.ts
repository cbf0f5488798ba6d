/** Runs the real CDK command line as a user without an AWS account would: no credentials, no network, no Docker. */
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { shareCompiled } from './runtime';
import { type Context, ROOT } from './synthesize';

/** How a run of the command line ended. */
export interface Run {
  /** The exit code; null where a signal ended it. */
  readonly code: number | null;
  /** Standard output and standard error as the user sees them, together. */
  readonly said: string;
  /** Path below `cdk.out` → content. */
  readonly files: ReadonlyMap<string, Buffer>;
  /** The command lines of the processes that tried to reach the network. */
  readonly network: readonly string[];
}

/** `cdk synth` with `-c` for each setting, in a home, a PATH and an environment that hold nothing but Node. */
export async function cdkSynth(context: Context): Promise<Run> {
  const folder = mkdtempSync(join(tmpdir(), 'zero-to-million-cli-'));
  try {
    const [home, bin, output, log] = ['home', 'bin', 'cdk.out', 'network.log'].map((name) =>
      join(folder, name),
    );
    const settings = Object.entries(context).flatMap(([key, value]) => ['-c', `${key}=${value}`]);
    for (const made of [home, bin]) mkdirSync(made ?? folder);
    shareCompiled(home ?? folder);
    symlinkSync(process.execPath, join(folder, 'bin', 'node'));
    const ended = await run(
      [require.resolve('aws-cdk/bin/cdk'), 'synth', '--quiet', '--output', output ?? folder, ...settings],
      {
        HOME: home,
        PATH: bin,
        TMPDIR: home,
        NETWORK_LOG: log,
        NODE_OPTIONS: `--require ${JSON.stringify(join(__dirname, 'deny-network.cjs'))}`,
        NO_COLOR: '1',
        // Its sender would be a process that outlives the run.
        CDK_DISABLE_CLI_TELEMETRY: 'true',
      },
    );
    return {
      ...ended,
      files: filesBelow(join(folder, 'cdk.out')),
      network: lines(join(folder, 'network.log')),
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function run(parameters: readonly string[], env: NodeJS.ProcessEnv): Promise<Pick<Run, 'code' | 'said'>> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, parameters, { cwd: ROOT, env, stdio: ['ignore', 'pipe', 'pipe'] });
    let said = '';
    child.stdout.on('data', (chunk: Buffer) => (said += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()));
    child.on('error', reject);
    child.on('close', (code) => {
      resolve({ code, said });
    });
  });
}

/** How long a synthesis took, written where it was slow: no part of what is deployed. */
const TIMES = 'performance-counters.json';

function filesBelow(folder: string): ReadonlyMap<string, Buffer> {
  if (!existsSync(folder)) return new Map();
  return new Map(
    readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && entry.name !== TIMES)
      .map((entry) => join(entry.parentPath, entry.name))
      .sort()
      .map((path) => [relative(folder, path), readFileSync(path)]),
  );
}

function lines(file: string): readonly string[] {
  return existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n') : [];
}
