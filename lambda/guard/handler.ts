/** Stands before every change of a stack that keeps data: what CloudFormation asks before it touches anything else. */
import { CloudFormationClient } from '@aws-sdk/client-cloudformation';
import type { CloudFormationCustomResourceEvent } from 'aws-lambda';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Parts } from '../../contract/guard';
import { answerCustomResource } from '../custom-resource';
import { log } from '../log';
import { describeStack } from '../stack';
import { refusal, type Step } from './guard';
import { readProperties } from './properties';

/** Lambda's entry. */
export function handler(event: CloudFormationCustomResourceEvent): Promise<void> {
  return answerCustomResource(event, async () => {
    const { parts, allowRemoval } = readProperties(event.ResourceProperties);
    const stack = stackIn(event.StackId);
    const step = await stepOf(event, stack, parts);
    const refused = refusal(step, parts, allowRemoval);
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

/** For how long a region may take to answer, in ms. */
const TIMEOUT_MS = 4_000;

/** A stack's status, such as `UPDATE_IN_PROGRESS`; undefined where there is none. */
async function statusOf(region: string, stack: string): Promise<string | undefined> {
  const client = new CloudFormationClient({ region, maxAttempts: 2 });
  try {
    return (await describeStack(client, stack, TIMEOUT_MS))?.StackStatus;
  } finally {
    client.destroy();
  }
}

/** How often, and how many milliseconds apart, it is asked before the function's own policy counts as missing. */
const POLICY = { attempts: 5, pause: 2_000 };

async function stepOf(
  event: CloudFormationCustomResourceEvent,
  stack: StackIdentity,
  after: Parts,
): Promise<Step> {
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

/** A policy that was just made takes some seconds until it is known everywhere. */
async function ownStatus({ region, arn }: StackIdentity): Promise<string | undefined> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await statusOf(region, arn);
    } catch (error) {
      if (attempt === POLICY.attempts || !(error instanceof Error && error.name === 'AccessDenied')) {
        throw error;
      }
      await sleep(POLICY.pause);
    }
  }
}

/** What is left when a creation failed, or has not begun, keeps nothing. */
const EMPTY = [undefined, 'REVIEW_IN_PROGRESS', 'ROLLBACK_COMPLETE', 'DELETE_COMPLETE'];

/** Regions that the settings do not name and in which a data stack of this deployment stands all the same. */
async function elsewhere(stack: StackIdentity, { regions }: Parts): Promise<readonly string[]> {
  const others = (process.env['REGIONS'] ?? '').split(',').filter((region) => !regions.includes(region));
  const found = await Promise.all(
    others.map(async (region) => {
      try {
        const status = await statusOf(region, stack.name.replace(stack.region, region));
        return EMPTY.includes(status) ? [] : [region];
      } catch (error) {
        // A region that the account has not switched on refuses, and keeps nothing of it.
        log.info({ region, error }, 'Could not be asked for a data stack');
        return [];
      }
    }),
  );
  return found.flat();
}
