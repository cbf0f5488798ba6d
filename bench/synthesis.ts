import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BUILT_RUNGS, type Rung } from '../lib/scaling-plan';
import { atMost, interleaved, row, type Progress, type Row } from './measure';

const ROUNDS = 5;
/** A whole rung within twice the smallest CDK app, the template validator on in both. */
const AIM = 2;

/** Wall-clock seconds of the CDK app's process, as the CLI runs it. */
export async function synthesis(progress: Progress, rounds = ROUNDS): Promise<Row[]> {
  progress(`synthesis: ${rounds} interleaved runs of ${BUILT_RUNGS.length + 1} apps`);
  const [baseline = NaN, ...each] = await interleaved(
    rounds,
    [
      () => seconds('bench/baselines/one-queue.ts', {}),
      ...BUILT_RUNGS.map((rung) => () => seconds('bin/zero-to-million.ts', contextOf(rung))),
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

/** Settings that every rung can be synthesized with: with a domain, for data centers are found by its names. */
export function contextOf({ number }: Rung): Readonly<Record<string, unknown>> {
  return { stage: number, domainName: 'links.example.com', hostedZoneId: 'Z0123456789ABCDEFGHIJ' };
}

function seconds(entry: string, context: Readonly<Record<string, unknown>>): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), 'zero-to-million-synth-'));
  try {
    const started = performance.now();
    const { status, stderr } = spawnSync(process.execPath, ['--import', 'tsx', entry], {
      env: {
        ...process.env,
        CDK_OUTDIR: folder,
        CDK_CONTEXT_JSON: JSON.stringify({ ...flags(), ...context }),
      },
      encoding: 'utf8',
    });
    if (status !== 0) {
      throw new Error(`${entry} failed: ${stderr}`);
    }
    return Promise.resolve((performance.now() - started) / 1000);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Both apps run under the same feature flags. */
function flags(): Record<string, unknown> {
  // eslint-disable-next-line @typescript-eslint/consistent-type-assertions -- our own file, of the CLI's documented shape
  const file = JSON.parse(readFileSync('cdk.json', 'utf8')) as { readonly context: Record<string, unknown> };
  return Object.fromEntries(Object.entries(file.context).filter(([key]) => key.includes(':')));
}
