/** Stacks of this deployment whose state keeps the next deployment from beginning. */
import type { DeployedStack } from '../deployed';
import { type Finding, ok, wrong } from '../finding';
import type { Question } from '../question';
import { regionsOf } from '../wanted';

/** States in which a first deployment failed, so that only deleting the stack leads on. */
const NEVER_STOOD = ['ROLLBACK_COMPLETE', 'ROLLBACK_FAILED', 'CREATE_FAILED'];

/** Of those, the ones that cdk deploy deletes by itself. */
const DELETED_BY_THE_CDK = ['ROLLBACK_COMPLETE'];

/** What a stack waits for while it is at work, as `aws cloudformation wait` calls it. */
const WAITS: readonly (readonly [state: RegExp, wait: string])[] = [
  [/^(UPDATE_)?ROLLBACK_/, 'stack-rollback-complete'],
  [/^UPDATE_/, 'stack-update-complete'],
  [/^DELETE_/, 'stack-delete-complete'],
  [/^IMPORT_/, 'stack-import-complete'],
  [/^CREATE_/, 'stack-create-complete'],
];

/** What a stack's state means for the next deployment. */
export function judgeStack(stack: DeployedStack, region: string): Finding {
  const { name, status } = stack;
  const where = `--stack-name ${name} --region ${region}`;
  if (status === undefined) {
    return ok(`${name} is not there yet`);
  }
  const found = `${name} is in ${status}`;
  if (NEVER_STOOD.includes(status)) {
    return neverStood(stack, region);
  }
  if (status === 'REVIEW_IN_PROGRESS') {
    return ok(`${found}: it has nothing yet`);
  }
  if (status.endsWith('_IN_PROGRESS')) {
    const [, wait = 'stack-update-complete'] = WAITS.find(([state]) => state.test(status)) ?? [];
    return wrong(found, 'a stack at rest', `aws cloudformation wait ${wait} ${where}`);
  }
  if (status === 'DELETE_FAILED') {
    return wrong(found, 'a stack that is deleted, or stands', `aws cloudformation delete-stack ${where}`);
  }
  if (status === 'UPDATE_ROLLBACK_FAILED') {
    return wrong(
      found,
      'a finished rollback; --resources-to-skip leaves out what cannot go back',
      `aws cloudformation continue-update-rollback ${where}`,
    );
  }
  if (status.endsWith('_FAILED')) {
    return wrong(found, 'a finished rollback', `aws cloudformation rollback-stack ${where}`);
  }
  return ok(found);
}

function neverStood({ name, status = '', protected: isProtected }: DeployedStack, region: string): Finding {
  const where = `--stack-name ${name} --region ${region}`;
  const found = `${name} is in ${status}: its first deployment failed`;
  if (isProtected) {
    return wrong(
      `${found}, and it refuses to be deleted`,
      'a stack that can be deleted',
      `aws cloudformation update-termination-protection --no-enable-termination-protection ${where}`,
    );
  }
  return DELETED_BY_THE_CDK.includes(status)
    ? ok(`${found}; the next one deletes it first`)
    : wrong(found, 'no such stack', `aws cloudformation delete-stack ${where}`);
}

export const stacks: Question = {
  title: 'stacks',
  places: ({ wanted }) => regionsOf(wanted),
  answer: async ({ deployed }, region) => (await deployed(region)).map((stack) => judgeStack(stack, region)),
};
