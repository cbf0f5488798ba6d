import { openRabbitMqSender } from './app/adapters/queue/rabbitmq';
import { openKafkaSender } from './app/adapters/queue/kafka';
import { readQueueUrl } from './contract/click-queue';
import { encodeClickMessage } from './contract/click-message';
import { newClick, codeOf } from './test/lambda/click-worker/support';
void (async () => { const a = readQueueUrl(process.argv[2] ?? ''); if (!a || a.kind === 'sqs') return; const s = a.kind === 'kafka' ? await openKafkaSender(a) : await openRabbitMqSender(a, undefined); console.log(await s.send([1,2,3].map(() => encodeClickMessage([newClick(codeOf(1))])))); s.close(); })();
