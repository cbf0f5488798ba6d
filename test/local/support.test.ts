import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { running } from './support';

test('a process that began after it was seen is another one, which has got its id', async () => {
  const child = spawn('sleep', ['60']);
  await once(child, 'spawn');
  const pid = Number(child.pid);
  const [now, anHourAgo] = [running([pid]), running([pid], Date.now() - 3_600_000)];
  child.kill();
  expect(now).toEqual([pid]);
  expect(anHourAgo).toEqual([]);
});

test('a process that has ended does not run', async () => {
  const child = spawn('true');
  await once(child, 'close');
  expect(running([Number(child.pid)])).toEqual([]);
});
