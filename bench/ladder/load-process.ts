/** Makes the load on a rung, in a process of its own; it ends with the process that started it. */
import { setTimeout as sleep } from 'node:timers/promises';
import { PATIENCE_MS, dueAfter, dueBy, now } from '../../local/rehearse/load';
import { zipf } from '../fixed-rate';
import { createConnections, type Connections, type Way } from './connections';
import { inNumbers, isRight, kindOf, numberAmongItsKind, type Kind, type Load, type Met } from './mix';
import type { LoadDone } from './loader';

/** How often it looks which requests are due, in ms. */
const TICK_MS = 1;

/** Connections that requests share, but for those that make links. */
const CONNECTIONS = 128;

/** Users whose patience is this long, in ms, are still waited for at the end. */
const LAST_MS = PATIENCE_MS;

async function run(load: Load): Promise<LoadDone> {
  const { hostname: host, port } = new URL(load.url);
  const way: Way = { host, port: Number(port) };
  const shared = createConnections(way, CONNECTIONS);
  const opened: Connections[] = [shared];
  const draw = zipf(load.codes.length);
  const common = `host: ${host}:${port}\r\n`;
  const got = (path: string, headers = ''): Buffer =>
    Buffer.from(`GET ${path} HTTP/1.1\r\n${common}${headers}\r\n`);
  const asBrowser = 'accept-encoding: gzip\r\n';
  const redirects = load.codes.map((code) => got(`/${code}`));
  const page = got('/', asBrowser);
  const files = load.files.map((path) => got(path, asBrowser));

  const count = Math.round(load.perSecond * load.seconds);
  const met: Met[] = [];
  const { untilSlowerThan: slower = Infinity } = load;
  let bad = 0;
  const start = now();

  function requestOf(kind: Kind, number: number): Buffer {
    switch (kind) {
      case 'redirect':
        return redirects[draw() - 1] ?? page;
      case 'read':
        return got(`/api/links/${load.codes[draw() - 1] ?? ''}`);
      case 'static':
        return files[numberAmongItsKind(number) % files.length] ?? page;
      case 'page':
        return page;
      case 'create':
        return made(number);
    }
  }

  function made(number: number): Buffer {
    const body = JSON.stringify({ url: `https://example.com/ladder/${number}` });
    return Buffer.from(
      `POST /api/links HTTP/1.1\r\n${common}connection: close\r\ncontent-type: application/json\r\n` +
        `content-length: ${body.length}\r\n\r\n${body}`,
    );
  }

  /** Whoever makes a link comes anew, each time from the next address: so many may be made from one. */
  function connectionsFor(kind: Kind, number: number): Connections {
    if (kind !== 'create') {
      return shared;
    }
    const localAddress = load.addresses[numberAmongItsKind(number) % load.addresses.length] ?? host;
    const own = createConnections({ ...way, localAddress }, 1);
    opened.push(own);
    return own;
  }

  function send(number: number): void {
    const due = start + dueAfter(number, load.perSecond);
    const wanted = kindOf(number);
    const kind = wanted === 'create' && load.addresses.length < 2 ? 'redirect' : wanted;
    const late = now() - due;
    connectionsFor(kind, number).send(requestOf(kind, number), (status, bytes) => {
      const one = { kind, waited: now() - due, late, status, bytes };
      met.push(one);
      bad += one.waited > slower || !isRight(one) ? 1 : 0;
    });
  }

  let sent = 0;
  const isLost = () => slower < Infinity && bad > count / 100;
  const processor = process.cpuUsage();
  while (sent < count && !isLost()) {
    const due = Math.min(count, dueBy(now() - start, load.perSecond));
    while (sent < due) {
      send(sent);
      sent += 1;
    }
    await sleep(TICK_MS);
  }
  const deadline = now() + Math.min(LAST_MS, slower * 2);
  while (met.length < sent && now() < deadline && !isLost()) {
    await sleep(TICK_MS);
  }
  const { user, system } = process.cpuUsage(processor);
  opened.forEach((connections) => {
    connections.close();
  });
  const isCutShort = sent < count || met.length < sent;
  // What is still under way hears of its end in the next turn.
  await sleep(TICK_MS);
  return {
    report: 'done',
    ...inNumbers(met),
    isCutShort,
    seconds: (now() - start) / 1_000,
    processorSeconds: (user + system) / 1e6,
  };
}

process.on('message', (load: Load) => {
  void run(load).then((done) => process.send?.(done));
});
process.on('disconnect', () => process.exit());
// A terminal's Ctrl-C reaches every process; the one that started this decides.
process.on('SIGINT', () => undefined);
process.send?.({ report: 'ready' });
