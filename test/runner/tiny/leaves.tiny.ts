/** What no test should do. */
import { spawn } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

it('leaves a process and a folder behind', () => {
  mkdtempSync(join(tmpdir(), 'forgotten-'));
  const forgotten = spawn('sleep', ['1000'], { detached: true, stdio: 'ignore' });
  forgotten.unref();
  expect(forgotten.pid).toBeGreaterThan(0);
});
