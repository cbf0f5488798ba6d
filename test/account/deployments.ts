/** Whole deployments into the stand-in for an account, in this process and so within milliseconds. */
import { createServices } from '../../lambda/protect-standing/aws';
import { protectStanding } from '../../lambda/protect-standing/protect';
import { readSettings } from '../../lambda/protect-standing/settings';
import { type Context, synthesize } from '../support/synthesize';
import { type Account, type RuleHandler, startAccount } from './account';

/** Where a stack of ours stands, by its name. */
function regionOf(stack: string): string {
  return /-([a-z]+-[a-z]+-\d)-(?:data|app)$/.exec(stack)?.[1] ?? 'us-east-1';
}

/** What `lambda/protect-standing` does, called as the rules in the account call it. */
const protect: RuleHandler = async ({ environment, region }) => {
  process.env['AWS_REGION'] = region;
  await protectStanding(readSettings(environment), { ...createServices(), log: () => undefined });
};

/** An account in which our own functions run; this process's AWS clients are led there until it is closed. */
export async function startDeployedAccount(): Promise<Account> {
  const account = await startAccount({
    rules: { 'Switches on the protection of stacks and databases that stand': protect },
  });
  const environment = { ...process.env };
  Object.assign(process.env, account.environment);
  return {
    ...account,
    async close() {
      process.env = environment;
      await account.close();
    },
  };
}

interface Selection {
  /** @default - all */
  readonly stacks?: readonly string[];
}

/** `cdk deploy`, which stops at the first stack that fails: what became of each that it came to. */
export async function deployStacks(
  account: Account,
  context: Context,
  { stacks }: Selection = {},
): Promise<Readonly<Record<string, string>>> {
  const statuses: Record<string, string> = {};
  for (const [name, template] of synthesize(context)) {
    if (stacks !== undefined && !stacks.includes(name)) continue;
    const status = await account.deploy(regionOf(name), name, template);
    statuses[name] = status;
    if (!/^(?:CREATE|UPDATE)_COMPLETE$/.test(status)) break;
  }
  return statuses;
}

/** `cdk destroy --all`: what nothing stands on first. Stops where CloudFormation refuses, by throwing. */
export async function destroyStacks(account: Account, context: Context): Promise<void> {
  for (const name of [...synthesize(context).keys()].reverse()) {
    await account.call(regionOf(name), 'DeleteStack', { StackName: name });
  }
}

/** Types of what is there and belongs to no stack. */
export function leftBehind({ lives }: Account): readonly string[] {
  return lives
    .filter(({ owner }) => owner === undefined)
    .map(({ type }) => type)
    .sort();
}
