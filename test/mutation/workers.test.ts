import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { running, until } from '../local/support';
import { BY_TSX } from '../support/runtime';
import { ROOT } from '../support/synthesize';

/** As Stryker does: it starts a worker, and exits when a signal comes. */
const RUN = `
  require(${JSON.stringify(join(__dirname, 'workers.ts'))}).endWorkersAtExit();
  process.on('SIGTERM', () => process.exit(143));
  const { spawn } = require('node:child_process');
  const worker = spawn(process.execPath, ['-e', 'for (;;);', '@stryker-mutator'], { stdio: 'ignore' });
  console.log(worker.pid);
  setInterval(() => {}, 1_000);
`;

it('a worker that a mutant keeps in a loop ends with a run that is called off', async () => {
  const run = spawn(process.execPath, [...BY_TSX, '-e', RUN], {
    cwd: ROOT,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = once(run, 'exit');
  const said: readonly unknown[] = await once(run.stdout, 'data');
  const worker = Number(String(said[0]));
  try {
    expect(running([worker])).toEqual([worker]);
    run.kill('SIGTERM');
    expect(await ended).toEqual([143, null]);
    await until(() => running([worker]).length === 0, 5_000);
    expect(running([worker])).toEqual([]);
  } finally {
    run.kill('SIGKILL');
    if (running([worker]).length > 0) process.kill(worker, 'SIGKILL');
  }
});
