import { openRabbitQueue, openKafkaQueue } from './test/server/click-worker/queues';
import { encodeClickMessage } from './contract/click-message';
import { newClick, codeOf, query } from './test/lambda/click-worker/support';
const sum = async () => (await query<{n: string}>(process.env.DATABASE_URL ?? '', 'SELECT sum(clicks)::text AS n FROM links'))[0]?.n;
async function main() {
  const q = process.argv[2] === 'kafka' ? await openKafkaQueue(process.env.KAFKA ?? '') : await openRabbitQueue(process.env.RABBIT ?? '');
  const before = await sum();
  const n = Number(process.argv[3] ?? 100);
  const t = performance.now();
  const bodies = Array.from({length: n}, (_, i) => i % 100 === 50 ? `poison ${i}` : encodeClickMessage(Array.from({length: 50}, (_, j) => newClick(codeOf((i * 50 + j) % 1000)))));
  await q.sendAll(bodies);
  console.log('sent in', performance.now() - t);
  for (let i = 0; i < 16; i++) { await new Promise(r => setTimeout(r, 500)); console.log(Math.round(performance.now() - t), Number(await sum()) - Number(before), 'left', await q.left(), 'dead', (await q.dead()).length); }
  await q.close();
}
void main();
