/** Synthesizes as the CDK's command line does: by the project's own command, in a folder that is gone afterwards. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text as words } from 'node:stream/consumers';
import { type Wanted, readAssembly } from './wanted';
import type { Project } from './context';

/** What makes a synthesis quick: templates are read here, and nothing is uploaded. */
const WITHOUT_BUNDLES = { 'aws:cdk:bundling-stacks': [] };

/**
 * What the project would deploy. The signal calls it off.
 *
 * @throws Error with the synthesis' own words where it fails
 */
export async function synthesize(
  { app, context }: Project,
  folder: string,
  signal: AbortSignal,
): Promise<Wanted> {
  const output = mkdtempSync(join(tmpdir(), 'zero-to-million-doctor-'));
  const remove = (): void => {
    rmSync(output, { recursive: true, force: true, maxRetries: 3 });
  };
  // A group of its own, so that the shell and what it started end together.
  const child = spawn(app, {
    cwd: folder,
    env: {
      ...process.env,
      CDK_OUTDIR: output,
      CDK_CONTEXT_JSON: JSON.stringify({ ...context, ...WITHOUT_BUNDLES }),
      // Templates are validated by cdk synth, and by CloudFormation.
      CDK_VALIDATION: 'false',
    },
    shell: true,
    detached: true,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  // At once, for the process that calls it off ends next.
  const callOff = (): void => {
    if (child.pid !== undefined && child.exitCode === null) process.kill(-child.pid, 'SIGKILL');
    remove();
  };
  signal.addEventListener('abort', callOff, { once: true });
  try {
    const [said] = await Promise.all([words(child.stderr), once(child, 'close')]);
    if (child.exitCode !== 0) {
      throw new Error(`The stacks cannot be synthesized (${app}):\n${said.trim()}`);
    }
    return readAssembly(output);
  } finally {
    signal.removeEventListener('abort', callOff);
    remove();
  }
}
