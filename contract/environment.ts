/** Reading the environment by a table: how each variable is read, and everything that is wrong with it at once. */
import * as v from 'valibot';

/** How a variable is read. */
export interface Variable<Schema extends v.GenericSchema = v.GenericSchema> {
  readonly schema: Schema;
  /** Completes "NAME must be …". */
  readonly form: string;
  /** Whether an empty value is as none, and none is no problem. */
  readonly optional?: true;
  /** What an optional one is read from where it is not set. @default - it is undefined */
  readonly default?: string;
}

type Table = Readonly<Record<string, Variable>>;

/** What the variables of a table are read as. */
type Read<T extends Table> = {
  readonly [Name in keyof T]:
    | v.InferOutput<T[Name]['schema']>
    | (T[Name] extends { readonly default: string }
        ? never
        : T[Name] extends { readonly optional: true }
          ? undefined
          : never);
};

/** A variable that cannot be used. */
export interface WrongVariable<Name extends string = string> {
  readonly name: Name;
  /** What it is; it may be a secret. */
  readonly value: string;
  /** What it would have to be. */
  readonly form: string;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** Reads the variables of a table, in its order, and no others: an environment has those of many programs. */
export function readVariables<T extends Table>(
  table: T,
  environment: Environment,
): { readonly values: Read<T> } | { readonly wrong: readonly WrongVariable<keyof T & string>[] } {
  const readings = Object.entries(table).map(([name, row]) => {
    const value = row.optional && environment[name] === '' ? undefined : environment[name];
    const text = value ?? row.default;
    return row.optional && text === undefined
      ? { name, value: '', form: row.form, output: undefined, success: true }
      : { name, value: value ?? '', form: row.form, ...v.safeParse(row.schema, text, { abortEarly: true }) };
  });
  const wrong = readings.filter(({ success }) => !success);
  if (wrong.length > 0) {
    return { wrong };
  }
  const values = Object.fromEntries(readings.map(({ name, output }) => [name, output] as const));
  // eslint-disable-next-line @typescript-eslint/consistent-type-assertions -- each is what its schema gave
  return { values: values as Read<T> };
}

/** "NAME must be …." for each: no sentence holds a value, which may be a secret. */
function sentences(wrong: readonly WrongVariable[]): readonly string[] {
  return wrong.map(({ name, form }) => `${name} must be ${form}.`);
}

/**
 * Reads the variables of a Lambda function, or of another process of ours.
 *
 * @param whose what is told of, such as "The function"
 * @param others further problems, of variables together
 * @throws Error listing every problem
 */
export function readAll<T extends Table>(
  whose: string,
  table: T,
  environment: Environment,
  others: readonly string[] = [],
): Read<T> {
  const read = readVariables(table, environment);
  const problems = ['wrong' in read ? sentences(read.wrong) : [], others].flat();
  if ('wrong' in read || problems.length > 0) {
    throw new Error(`${whose}'s settings are not usable: ${problems.join(' ')}`);
  }
  return read.values;
}

/** Text of a form. */
export function matching(pattern: RegExp) {
  return v.pipe(v.string(), v.regex(pattern));
}

/** A URL with one of these schemes, such as `https:`. */
export function url(schemes: readonly string[]) {
  return v.pipe(
    v.string(),
    v.check((text) => URL.canParse(text) && schemes.includes(new URL(text).protocol)),
  );
}

export const HTTP_URL = url(['http:', 'https:']);

/** The ARN of a Secrets Manager secret. */
export const SECRET_ARN = matching(/^arn:aws[\w-]*:secretsmanager:[\w-]+:\d{12}:secret:\S+$/);

/** Items separated by commas, one at least. */
export function listOf<Item extends v.GenericSchema<string, unknown>>(item: Item) {
  return v.pipe(
    v.string(),
    v.transform((text) => text.split(',')),
    v.array(item),
  );
}
