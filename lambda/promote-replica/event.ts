/** What a promotion is asked for. */
export interface Order {
  /** Promote although somebody takes writes, or nobody can say. */
  readonly force: boolean;
  /** Go on with what was begun, if anything was. */
  readonly resume: boolean;
  /** Why, for those who are told. */
  readonly reason: string | undefined;
}

/** SNS takes 256 KB; a person reads less. */
const LONGEST_REASON = 500;

/**
 * Reads an invocation's event: `{ "force"?: boolean, "reason"?: string, "resume"?: boolean }`, or what a CloudWatch alarm
 * sends. Anything else is refused: a misspelled `force` must not pass for its absence, nor the other way round.
 *
 * @throws Error saying what is wrong
 */
export function readEvent(event: unknown): Order {
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
    ...(reason === undefined || (typeof reason === 'string' && reason.length <= LONGEST_REASON)
      ? []
      : [`"reason" must be a text of ${LONGEST_REASON} characters at most.`]),
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
