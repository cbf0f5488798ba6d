import { writeFileSync } from 'node:fs';
import { startRabbitMq } from './local/parts/rabbitmq';
import { startKafka } from './local/parts/kafka';
import { openDatabase } from './test/lambda/click-worker/exactness';
async function main() {
  const [r, k, p] = await Promise.all([startRabbitMq(), startKafka(), openDatabase(1000)]);
  writeFileSync('/tmp/q1k/env', `export RABBIT='${r.url}'\nexport KAFKA='${k.url}'\nexport DATABASE_URL='${p.url}'\nexport PGPID=${p.pid}\n`);
  console.log('up');
  process.on('SIGTERM', () => { void Promise.all([r.stop(), k.stop(), p.stop()]).then(() => process.exit(0)); });
  setTimeout(() => process.kill(process.pid, 'SIGTERM'), 50 * 60_000);
}
void main();
