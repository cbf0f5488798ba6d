/** A queue's URL names its region, so that no other setting has to; that of a queue on this machine does not. */
export function queueAddress(queueUrl: string): { readonly endpoint: string; readonly region: string } {
  const { origin, hostname } = new URL(queueUrl);
  return { endpoint: origin, region: /^sqs\.([\w-]+)\./.exec(hostname)?.[1] ?? 'us-east-1' };
}
