/** Which TCP port of 127.0.0.1 a part takes. */
import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:net';

/**
 * Where ports are looked for. Linux gives those from 32,768 (net.ipv4.ip_local_port_range), macOS those from 49,152, to
 * whatever asks for any, each outgoing connection included: a server that was killed may not find such a port free
 * when it is started again. From 30,000, Kubernetes leads what comes to its own services.
 */
const FIRST = 20_000;
const LAST = 29_999;

/** How many may be taken before it is said that none is free. */
const LOOKS = 1_000;

/** A free port was free a moment ago: another process may take it before the server does. */
const START_ATTEMPTS = 5;

/** By this process; not again, for what it was given for may be down for the moment. */
const given = new Set<number>();

/**
 * A port of 127.0.0.1 that nothing listens on and that this process was not given before.
 *
 * @throws Error where there is none.
 */
export async function freePort(): Promise<number> {
  for (let look = 0; look < LOOKS; look += 1) {
    const port = randomInt(FIRST, LAST + 1);
    if (!given.has(port)) {
      given.add(port);
      if (await isFree(port)) {
        return port;
      }
    }
  }
  throw new Error(`Expected a free TCP port of 127.0.0.1 between ${FIRST} and ${LAST}, found none.`);
}

async function isFree(port: number): Promise<boolean> {
  const probe = createServer().listen(port, '127.0.0.1');
  try {
    await once(probe, 'listening');
  } catch {
    return false;
  }
  probe.close();
  await once(probe, 'close');
  return true;
}

/**
 * Starts something on the port wanted, or on a free one; on another one if that was taken meanwhile.
 *
 * @throws Error as `start` does, and where the wanted port is taken.
 */
export async function onPort<T>(wanted: number | undefined, start: (port: number) => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await start(wanted ?? (await freePort()));
    } catch (error) {
      const taken = error instanceof Error && error.message.includes('Address already in use');
      if (!taken || wanted !== undefined || attempt === START_ATTEMPTS) {
        throw error;
      }
    }
  }
}
