/** The guard of a data stack: CloudFormation invokes it before it changes anything else in the stack. */
import { CloudFormationClient } from '@aws-sdk/client-cloudformation';
import type { CloudFormationCustomResourceEvent } from 'aws-lambda';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Parts } from '../../contract/guard';
import { answerCustomResource } from '../custom-resource';
import { log } from '../log';
import { describeStack } from '../stack';
import { type Operation, refusal } from './guard';
import { readProperties } from './properties';

/** Lambda's entry. */
export function handler(event: CloudFormationCustomResourceEvent): Promise<void> {
  return answerCustomResource(event, async () => {
    const { parts, allowRemoval } = readProperties(event.ResourceProperties);
    const stack = stackIn(event.StackId);
    const operation = await operationOf(event, stack, parts);
    const refused = refusal(operation, parts, allowRemoval);
    if (refused !== undefined) {
      throw new Error(refused);
    }
  });
}

interface StackIdentity {
  readonly arn: string;
  readonly region: string;
  readonly name: string;
}

/** A stack's ARN is `arn:aws:cloudformation:REGION:ACCOUNT:stack/NAME/ID`. */
function stackIn(arn: string): StackIdentity {
  const [, , , region = '', , path = ''] = arn.split(':');
  return { arn, region, name: path.split('/')[1] ?? '' };
}

/** For all attempts to ask a region, in ms. */
const TIMEOUT_MS = 4_000;

/** A stack’s status, such as `UPDATE_IN_PROGRESS`; undefined if the stack does not exist. */
async function statusOf(region: string, stack: string): Promise<string | undefined> {
  const client = new CloudFormationClient({ region, maxAttempts: 2 });
  try {
    return (await describeStack(client, stack, TIMEOUT_MS))?.StackStatus;
  } finally {
    client.destroy();
  }
}

/** Attempts, and the pause between them in ms, while the function’s new policy takes effect. */
const POLICY_RETRY = { attempts: 5, pause: 2_000 };

async function operationOf(
  event: CloudFormationCustomResourceEvent,
  stack: StackIdentity,
  after: Parts,
): Promise<Operation> {
  if (event.RequestType === 'Delete') {
    return { kind: 'delete' };
  }
  const status = await ownStatus(stack);
  if (event.RequestType === 'Create') {
    return { kind: 'create', elsewhere: await elsewhere(stack, after) };
  }
  return status === 'UPDATE_ROLLBACK_IN_PROGRESS'
    ? { kind: 'rollback' }
    : { kind: 'update', before: readProperties(event.OldResourceProperties).parts };
}

/** A new policy takes some seconds to take effect everywhere. */
async function ownStatus({ region, arn }: StackIdentity): Promise<string | undefined> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await statusOf(region, arn);
    } catch (error) {
      if (attempt === POLICY_RETRY.attempts || !(error instanceof Error && error.name === 'AccessDenied')) {
        throw error;
      }
      await sleep(POLICY_RETRY.pause);
    }
  }
}

/** Statuses of stacks without resources. */
const EMPTY = [undefined, 'REVIEW_IN_PROGRESS', 'ROLLBACK_COMPLETE', 'DELETE_COMPLETE'];

/** Regions that have a data stack of this deployment although the settings do not name them. */
async function elsewhere(stack: StackIdentity, { regions }: Parts): Promise<readonly string[]> {
  const others = (process.env['REGIONS'] ?? '').split(',').filter((region) => !regions.includes(region));
  const found = await Promise.all(
    others.map(async (region) => {
      try {
        const status = await statusOf(region, stack.name.replace(stack.region, region));
        return EMPTY.includes(status) ? [] : [region];
      } catch (error) {
        // A region that the account has not enabled refuses, and has no stack.
        log.info({ region, error }, 'Could not be asked for a data stack');
        return [];
      }
    }),
  );
  return found.flat();
}
