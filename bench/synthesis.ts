import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import cdk from '../cdk.json';
import { BUILT_RUNGS, type Rung } from '../lib/scaling-plan';
import { atMost, interleaved, row, type Progress, type Row } from './measure';

const ROUNDS = 5;
/** `cdk synth` of a whole rung within 1.4 times that of the smallest CDK app, the template validator on in both. */
const AIM = 1.4;

/** Wall-clock seconds of `cdk synth`, as users run it: the CDK's command line, which runs the app. */
export async function synthesis(progress: Progress, rounds = ROUNDS): Promise<Row[]> {
  progress(`synthesis: ${rounds} interleaved runs of ${BUILT_RUNGS.length + 1} apps`);
  const [baseline = NaN, ...each] = await interleaved(
    rounds,
    [
      () => seconds(cdk.app.replace(OWN, 'bench/baselines/one-queue.ts'), {}),
      ...BUILT_RUNGS.map((rung) => () => seconds(cdk.app, contextOf(rung))),
    ],
    progress,
  );
  return BUILT_RUNGS.map(({ number, name }, index) =>
    row(
      { name: `synthesis of rung ${number}, ${name}`, unit: 's' },
      each[index] ?? NaN,
      { name: 'one-queue CDK app', value: baseline },
      atMost(AIM),
    ),
  );
}

const OWN = 'bin/zero-to-million.ts';

/** Settings that every rung can be synthesized with: with a domain, for data centers are found by its names. */
export function contextOf({ number }: Rung): Readonly<Record<string, string | number>> {
  return { stage: number, domainName: 'links.example.com', hostedZoneId: 'Z0123456789ABCDEFGHIJ' };
}

function seconds(app: string, context: Readonly<Record<string, string | number>>): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), 'zero-to-million-synth-'));
  const settings = Object.entries(context).flatMap(([key, value]) => ['-c', `${key}=${value}`]);
  try {
    const started = performance.now();
    const { status, stderr } = spawnSync(
      process.execPath,
      [require.resolve('aws-cdk/bin/cdk'), 'synth', '--quiet', '--app', app, '--output', folder, ...settings],
      { env: { ...process.env, CDK_DISABLE_CLI_TELEMETRY: 'true' }, encoding: 'utf8' },
    );
    if (status !== 0) {
      throw new Error(`cdk synth of ${app} failed: ${stderr}`);
    }
    return Promise.resolve((performance.now() - started) / 1000);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
