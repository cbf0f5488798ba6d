/**
 * The click worker: what Lambda calls with up to some messages of the click queue. It answers which of them failed, and
 * the queue keeps those only (`ReportBatchItemFailures`).
 */
import type { SQSBatchResponse, SQSEvent } from 'aws-lambda';
import { createDatabase } from './database';
import { log } from '../log';
import { createMarks } from './marks';
import { createPassOn } from './pass-on';
import { readSettings } from './settings';
import { createSend } from './sqs';
import { createWorker } from './worker';

const { databaseUrls, secretArn, queueUrl, peerQueueUrls, markUrls } = readSettings(process.env);

const now = () => Date.now();

const work = createWorker({
  counter: createDatabase({ urls: databaseUrls, secretArn, isPassedOver: createMarks(markUrls) }),
  passOn: createPassOn({ queueUrls: [...peerQueueUrls, queueUrl], send: createSend(), now }),
  log,
  now,
});

/** Lambda's entry. */
export async function handler({ Records }: SQSEvent): Promise<SQSBatchResponse> {
  const failed = await work(Records.map(({ messageId, body }) => ({ id: messageId, body })));
  return { batchItemFailures: failed.map((itemIdentifier) => ({ itemIdentifier })) };
}
