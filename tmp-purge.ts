import { Connection } from 'rabbitmq-client';
const c = new Connection(process.env.RABBIT ?? ''); void (async () => { await c.queuePurge('clicks-dead-letters'); await c.queuePurge('clicks'); await c.close(); })();
