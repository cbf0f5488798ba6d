/** What an invocation asks for. */
export interface PromotionRequest {
  /** Promote even if writes are accepted elsewhere, or it is unknown. */
  readonly force: boolean;
  /** Only continue an unfinished promotion. */
  readonly resume: boolean;
  /** For the notification. */
  readonly reason: string | undefined;
}

/** In characters. SNS takes 256 KB; a person reads less. */
const MAX_REASON = 500;

/**
 * Reads an invocation’s event: `{ "force"?: boolean, "reason"?: string, "resume"?: boolean }`, or the event of a CloudWatch alarm.
 * Unknown fields are refused, because a misspelled `force` must not be ignored.
 *
 * @throws Error saying what is wrong
 */
export function readEvent(event: unknown): PromotionRequest {
  const fields = typeof event === 'object' && event !== null && !Array.isArray(event) ? event : undefined;
  if (fields === undefined) {
    throw new Error('The event must be a JSON object, such as {"reason": "us-east-1 is gone"}.');
  }
  if ('source' in fields && fields.source === 'aws.cloudwatch' && 'alarmArn' in fields) {
    return { force: false, resume: false, reason: `The alarm ${String(fields.alarmArn)} went off.` };
  }
  const {
    force = false,
    reason,
    resume = false,
    ...unknown
  }: Readonly<Record<string, unknown>> = { ...fields };
  const problems = [
    ...Object.keys(unknown).map((name) => `There is no ${JSON.stringify(name)}.`),
    ...(typeof force === 'boolean' ? [] : ['"force" must be true or false.']),
    ...(typeof resume === 'boolean' ? [] : ['"resume" must be true or false.']),
    ...(resume === true && force === true ? ['"resume" goes on unforced: leave out "force".'] : []),
    ...(reason === undefined || (typeof reason === 'string' && reason.length <= MAX_REASON)
      ? []
      : [`"reason" must be a text of ${MAX_REASON} characters at most.`]),
  ];
  if (problems.length > 0) {
    throw new Error(`The event cannot be used. ${problems.join(' ')}`);
  }
  return {
    force: force === true,
    resume: resume === true,
    reason: typeof reason === 'string' ? reason : undefined,
  };
}
