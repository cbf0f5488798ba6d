/** Why AWS did not answer, in words that say what to do. */
import { isNativeError } from 'node:util/types';
import { at, text } from './json';

/** One request that was not answered as asked. */
export class Unanswered extends Error {
  /** AWS's name of the error, such as `AccessDenied`. */
  readonly code: string;
  /** The HTTP status; undefined where there was no answer at all. */
  readonly status: number | undefined;

  /**
   * @param permission what IAM calls the request, such as `ec2:DescribeVpcs`
   * @param cause what the client threw
   */
  constructor(
    readonly permission: string,
    override readonly cause: unknown,
  ) {
    super(`${permission}: ${isNativeError(cause) ? cause.message : String(cause)}`);
    this.name = 'Unanswered';
    this.code = text(at(cause, 'name')) ?? 'Error';
    const status = at(cause, '$metadata.httpStatusCode');
    this.status = typeof status === 'number' ? status : undefined;
  }
}

/** A request that took longer than it may. */
export class TooLate extends Error {
  constructor(ms: number) {
    super(`no answer within ${ms / 1000} s`);
    this.name = 'TooLate';
  }
}

/** The answer, or undefined where AWS answers with one of these errors, by name or HTTP status: that is an answer too. */
export async function unless<T>(
  answer: Promise<T>,
  ...expected: readonly (string | number)[]
): Promise<T | undefined> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof Unanswered && expected.some((one) => one === error.code || one === error.status)) {
      return undefined;
    }
    throw error;
  }
}

/** Names under which AWS's services refuse somebody they know. */
const DENIED =
  /^(AccessDenied|AccessDeniedException|UnauthorizedOperation|AuthorizationError|NotAuthorized)$/;

/** Names under which they refuse credentials, which a region that is not enabled does with those of all others. */
const UNKNOWN =
  /^(AuthFailure|UnrecognizedClientException|InvalidClientTokenId|InvalidAccessKeyId|InvalidToken)$/;

/** Names under which they refuse credentials that were good. */
const EXPIRED = /^(ExpiredToken|ExpiredTokenException|RequestExpired|TokenRefreshRequired)$/;

/** Why something could not be asked, as the rest of the sentence "could not be asked: …". */
export function reason(error: unknown): string {
  if (!(error instanceof Unanswered)) {
    return isNativeError(error) ? error.message : String(error);
  }
  const { permission, code, status, cause } = error;
  if (DENIED.test(code) || status === 403) {
    return EXPIRED.test(code) || UNKNOWN.test(code)
      ? refusedCredentials(code)
      : `the permission ${named(cause) ?? permission} is missing (${code})`;
  }
  if (EXPIRED.test(code) || UNKNOWN.test(code)) {
    return refusedCredentials(code);
  }
  return cause instanceof TooLate ? `${cause.message} (${permission})` : `${code}, ${error.message}`;
}

function refusedCredentials(code: string): string {
  return EXPIRED.test(code)
    ? `the credentials have expired (${code})`
    : `the credentials are not known here, or the region is not enabled (${code})`;
}

/** The permission as AWS's own message names it. */
function named(cause: unknown): string | undefined {
  const message = isNativeError(cause) ? cause.message : '';
  return /not authorized to perform:? ([a-z0-9-]+:[A-Za-z0-9]+)/.exec(message)?.[1];
}
