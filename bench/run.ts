/** `npm run bench`: each figure beside its baseline, both measured in one run, as medians of interleaved runs. */
import { runToItsEnd } from '../local/ending';
import { KCAT, RABBITMQ, REDIS, WRK, ensure, type Program } from '../local/machine';
import { inMarkdown, machine } from '../local/plotted/page';
import type { Row } from './measure';
import { HELP, readCommand, type Command, type Part } from './options';

type Measure = (progress: (text: string) => void, rounds: number | undefined) => Promise<Row[]>;

/** Each is loaded only when it is measured: all of them take seconds. */
const PARTS: Readonly<
  Record<Part, { readonly needs: readonly Program[]; readonly load: () => Promise<Measure> }>
> = {
  synthesis: { needs: [], load: async () => (await import('./synthesis.js')).synthesis },
  application: { needs: [WRK], load: async () => (await import('./application.js')).application },
  rungs: { needs: [WRK, REDIS], load: async () => (await import('./rungs.js')).rungs },
  latency: { needs: [WRK, REDIS], load: async () => (await import('./latency.js')).latency },
  growth: { needs: [WRK], load: async () => (await import('./growth.js')).growth },
  costs: { needs: [WRK, REDIS], load: async () => (await import('./costs.js')).costs },
  clicks: { needs: [WRK], load: async () => (await import('./clicks.js')).clicks },
  queues: {
    needs: [WRK, RABBITMQ, KCAT],
    load: async () => (await import('./queues.js')).queues,
  },
};

async function main(argv: readonly string[]): Promise<void> {
  const command = readCommand(argv);
  switch (command.kind) {
    case 'help':
      process.stdout.write(HELP);
      return;
    case 'ladder':
      return (await import('./ladder.js')).ladder(command.options);
    case 'parts':
      return measureParts(command);
  }
}

async function measureParts({ parts, rounds, json }: Extract<Command, { kind: 'parts' }>): Promise<void> {
  ensure([...new Set(parts.flatMap((part) => PARTS[part].needs))]);
  const rows: Row[] = [];
  for (const part of parts) {
    const measure = await PARTS[part].load();
    rows.push(...(await measure((text) => process.stderr.write(`${text}\n`), rounds)));
  }
  process.stdout.write(
    json ? `${JSON.stringify({ node: process.version, rows }, undefined, 2)}\n` : table(rows),
  );
  process.exitCode = rows.every((row) => row.kept) ? 0 : 1;
}

function table(rows: readonly Row[]): string {
  const lines = rows.map((row) => [
    row.name,
    `${row.value.toFixed(row.value < 10 ? 2 : 0)} ${row.unit}`,
    `${row.baseline.name}: ${row.baseline.value.toFixed(row.baseline.value < 10 ? 2 : 0)}`,
    row.ratio.toFixed(2),
    row.aim,
    row.kept ? 'kept' : 'NOT KEPT',
  ]);
  return `${machine()}\n\n${inMarkdown(['what', 'measured', 'against', 'ratio', 'aim', ''], lines)}\n`;
}

runToItsEnd(() => main(process.argv.slice(2)));
