/**
 * Options of an AWS SDK call that fails when all its attempts together take longer. Services of a region that is down do not answer.
 *
 * @example
 * await client.send(new DescribeStacksCommand({ StackName }), callTimeout(8_000));
 */
export function callTimeout(milliseconds: number): { readonly abortSignal: AbortSignal } {
  return { abortSignal: AbortSignal.timeout(milliseconds) };
}
