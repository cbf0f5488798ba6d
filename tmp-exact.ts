import { openRabbitQueue, openKafkaQueue } from './test/server/click-worker/queues';
Object.assign(globalThis, { expect: (v: unknown) => ({ toEqual: (o: unknown) => { const { isDeepStrictEqual } = require('node:util') as typeof import('node:util'); console.log('equal', isDeepStrictEqual(v, o)); }, toBe: (o: unknown) => { console.log('is', v === o, v, o); } }) });
async function main() {
  const { countExactly } = await import('./test/lambda/click-worker/exactness');
  const q = process.argv[2] === 'kafka' ? await openKafkaQueue(process.env.KAFKA ?? '') : await openRabbitQueue(process.env.RABBIT ?? '');
  await countExactly(q).catch((e: unknown) => console.log(e));
  await q.close();
  process.exit();
}
void main();
