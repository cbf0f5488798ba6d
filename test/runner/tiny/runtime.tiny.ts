import { execFileSync } from 'node:child_process';

it('says what it runs on, and what it starts', () => {
  const started = execFileSync(process.execPath, ['--version'], { encoding: 'utf8' });
  process.stderr.write(`Node ${process.version} starts ${started}`);
  expect(started.trim()).toBe(process.version);
});
