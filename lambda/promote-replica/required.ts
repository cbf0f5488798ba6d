/** The form of a setting. */
export interface Rule {
  /** Completes "NAME must be …". */
  readonly form: string;
  readonly pattern: RegExp;
}

const REGION = /[a-z]{2}(?:-[a-z]+)+-\d/.source;

export const RULES = {
  domain: { form: 'a domain name', pattern: /^(?:[a-z0-9-]+\.)+[a-z]{2,}$/ },
  region: { form: 'an AWS region', pattern: new RegExp(`^${REGION}$`) },
  regions: {
    form: 'AWS regions, separated by commas',
    pattern: new RegExp(`^${REGION}(?:,${REGION})*$`),
  },
  /** RDS’s name of an instance or a parameter group. */
  identifier: { form: 'a name as RDS gives it', pattern: /^[a-z][a-z0-9-]{0,254}$/ },
  days: { form: 'a number of days from 1 to 35', pattern: /^(?:[1-9]|[12]\d|3[0-5])$/ },
  bucket: { form: 'the name of an S3 bucket', pattern: /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/ },
  key: { form: 'the key of an S3 object', pattern: /^[\w!.*'()/-]+$/ },
  topic: { form: 'the ARN of an SNS topic', pattern: /^arn:aws[\w-]*:sns:[\w-]+:\d{12}:[\w-]+$/ },
} as const satisfies Readonly<Record<string, Rule>>;

/**
 * Reads environment variables that are all required. Unknown ones are ignored, because Lambda adds its own.
 *
 * @throws Error listing every problem
 */
export function readRequired<Name extends string>(
  rules: Readonly<Record<Name, Rule>>,
  names: readonly Name[],
  environment: Readonly<Record<string, string | undefined>>,
): (name: Name) => string {
  const value = (name: Name): string => environment[name] ?? '';
  const problems = names
    .filter((name) => environment[name] === undefined || !rules[name].pattern.test(value(name)))
    .map((name) => `${name} must be ${rules[name].form}.`);
  if (problems.length > 0) {
    throw new Error(`The function's settings are not usable: ${problems.join(' ')}`);
  }
  return value;
}
