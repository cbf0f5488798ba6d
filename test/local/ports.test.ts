import type * as Crypto from 'node:crypto';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { freePort, onPort } from '../../local/parts/ports';

/** What chance says next; then it is chance again. */
const mockChance: number[] = [];

jest.mock('node:crypto', () => {
  const actual = jest.requireActual<typeof Crypto>('node:crypto');
  return {
    ...actual,
    randomInt: (first: number, end: number) => mockChance.shift() ?? actual.randomInt(first, end),
  };
});

/** The first port that this kernel gives to whatever asks for any; macOS's own where there is no such file. */
function firstOfTheKernels(): number {
  const path = '/proc/sys/net/ipv4/ip_local_port_range';
  return existsSync(path) ? Number.parseInt(readFileSync(path, 'utf8'), 10) : 49_152;
}

/** Below those that are looked at, so that this process was not given them; nothing is known to listen on them. */
const FREE = [19_431, 19_432] as const;

test('a free port is none that a connection may take while its server is down, and none is given twice', async () => {
  const ports = await Promise.all(Array.from({ length: 300 }, freePort));
  expect(ports.filter((port) => port >= firstOfTheKernels())).toEqual([]);
  expect(new Set(ports).size).toBe(300);
});

test('a port on which something listens is not free', async () => {
  const other = createServer().listen(FREE[0], '127.0.0.1');
  await once(other, 'listening');
  mockChance.push(...FREE);
  const port = await freePort();
  other.close();
  expect(port).toBe(FREE[1]);
});

describe('what starts on a port', () => {
  const taken = new Error('could not bind: Address already in use');

  test('is started on another one where that was taken meanwhile', async () => {
    const tried: number[] = [];
    const port = await onPort(undefined, (each) => {
      tried.push(each);
      return tried.length < 3 ? Promise.reject(taken) : Promise.resolve(each);
    });
    expect(tried).toHaveLength(3);
    expect(new Set(tried).size).toBe(3);
    expect(port).toBe(tried[2]);
  });

  test('is not tried for ever', async () => {
    const start = jest.fn(() => Promise.reject(taken));
    await expect(onPort(undefined, start)).rejects.toBe(taken);
    expect(start).toHaveBeenCalledTimes(5);
  });

  test('is refused where the port was asked for and is taken', async () => {
    const start = jest.fn(() => Promise.reject(taken));
    await expect(onPort(8_080, start)).rejects.toBe(taken);
    expect(start.mock.calls).toEqual([[8_080]]);
  });

  test('is not started again where it failed for another reason', async () => {
    const start = jest.fn(() => Promise.reject(new Error('no room')));
    await expect(onPort(undefined, start)).rejects.toThrow('no room');
    expect(start).toHaveBeenCalledTimes(1);
  });
});
