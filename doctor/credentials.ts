/** Whose account it is: without an answer to that, nothing else can be asked. */
import { GetCallerIdentityCommand } from '@aws-sdk/client-sts';
import type { Aws } from './aws';
import { type Finding, ok, wrong } from './finding';
import { reason, Unanswered } from './unanswered';

/** Who is asking. */
export interface Identity {
  /** The account's number. */
  readonly account: string;
  readonly arn: string;
}

const NEEDED = 'credentials of the account to deploy to';

/** Who is asking, or what stands in the way of knowing. */
export async function identify(aws: Aws, profile: string | undefined): Promise<Identity | Finding> {
  const signIn = `aws sso login${profile === undefined ? '' : ` --profile ${profile}`} (or aws login, or set AWS_PROFILE); aws sts get-caller-identity shows whether it worked`;
  try {
    const { Account, Arn } = await aws.sts.send(new GetCallerIdentityCommand({}));
    return Account === undefined || Arn === undefined
      ? wrong('AWS does not say which account these credentials are of', NEEDED, signIn)
      : { account: Account, arn: Arn };
  } catch (error) {
    const why = error instanceof Unanswered && error.status === undefined ? without(error) : reason(error);
    return wrong(why, NEEDED, signIn);
  }
}

/** AWS was not asked, or did not answer. */
function without(error: Unanswered): string {
  const { code, message } = error;
  const why = message.replace(/^sts:GetCallerIdentity: /, '');
  return code === 'CredentialsProviderError' || /credential|profile/i.test(why)
    ? `no AWS credentials were found (${why})`
    : `AWS cannot be reached: ${reason(error)}`;
}

/** @param expected the setting `account` */
export function judgeAccount({ account, arn }: Identity, expected: string | undefined): Finding {
  return expected === undefined || expected === account
    ? ok(`${account}, as ${arn}`)
    : wrong(
        `these credentials are of ${account}, as ${arn}; the rest is not asked of a wrong account`,
        `${expected}, as the setting account says`,
        'choose credentials of that account with --profile, or correct the setting account',
      );
}
