import type { CloudFormationCustomResourceEvent } from 'aws-lambda';
import { log } from './log';

/** An answer is a few hundred bytes; CloudFormation's own limit is 4,096, the reason in it. */
const LONGEST_REASON = 2_000;

/** For how long one attempt to answer may take, in milliseconds. */
const ANSWER_TIMEOUT = 5_000;

/** How often an answer is sent. Without one, CloudFormation waits until the resource's service timeout. */
const ATTEMPTS = 3;

/**
 * Does what a custom resource is asked for, and answers CloudFormation in its own form: success, or failure with the
 * error's sentence alone, for a person reads it in the stack's events.
 *
 * @throws Error when no attempt to answer got through
 */
export async function answerCustomResource(
  event: CloudFormationCustomResourceEvent,
  work: (event: CloudFormationCustomResourceEvent) => Promise<void>,
): Promise<void> {
  const outcome = await work(event).then(
    () => ({ Status: 'SUCCESS' }),
    (error: unknown) => {
      log.error({ error, request: event.RequestType }, 'Failed');
      const reason = error instanceof Error ? error.message : String(error);
      return { Status: 'FAILED', Reason: reason.slice(0, LONGEST_REASON) };
    },
  );
  const { StackId, RequestId, LogicalResourceId } = event;
  await send(event.ResponseURL, {
    ...outcome,
    StackId,
    RequestId,
    LogicalResourceId,
    // Ever the same: CloudFormation would take another one for a replacement, and delete the old one.
    PhysicalResourceId: 'PhysicalResourceId' in event ? event.PhysicalResourceId : LogicalResourceId,
  });
}

/** Puts the answer where CloudFormation waits for it: an address in S3 that is signed for exactly this, with no type. */
async function send(url: string, answer: object): Promise<void> {
  const body = JSON.stringify(answer);
  for (let attempt = 1; ; attempt += 1) {
    try {
      const { ok, status } = await fetch(url, {
        method: 'PUT',
        headers: { 'content-type': '' },
        body,
        signal: AbortSignal.timeout(ANSWER_TIMEOUT),
      });
      if (ok) {
        return;
      }
      throw new Error(`CloudFormation's address answered ${status}.`);
    } catch (error) {
      if (attempt === ATTEMPTS) {
        throw error;
      }
      log.warn({ error, attempt }, 'CloudFormation has not heard the answer');
    }
  }
}
