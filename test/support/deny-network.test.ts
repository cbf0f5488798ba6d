import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'zero-to-million-network-'));
});

afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

it.each(["fetch('http://127.0.0.1:8443')", "require('node:net').connect(8443, '127.0.0.1')"])(
  '%s finds no network, and is written down',
  (program) => {
    const log = join(folder, 'network.log');
    const { stderr } = spawnSync(
      process.execPath,
      ['--require', join(__dirname, 'deny-network.cjs'), '-e', program],
      {
        encoding: 'utf8',
        env: { NETWORK_LOG: log },
      },
    );
    expect(stderr).toContain('There is no network here.');
    expect(readFileSync(log, 'utf8')).toBe('\n');
  },
);
