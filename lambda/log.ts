/** A function's log: fields, then a sentence. */
export interface Log {
  readonly info: Write;
  readonly warn: Write;
  readonly error: Write;
}

type Write = (fields: object, sentence: string) => void;

/**
 * One line of JSON each, which CloudWatch makes metrics of. Written as it is, for Lambda puts words of its own before
 * what the console writes, and CloudWatch would find no fields.
 */
export const log: Log = {
  info: (fields, sentence) => {
    write('info', fields, sentence);
  },
  warn: (fields, sentence) => {
    write('warn', fields, sentence);
  },
  error: (fields, sentence) => {
    write('error', fields, sentence);
  },
};

/** The same log, with these fields in each line. */
export function withFields({ info, warn, error }: Log, fields: object): Log {
  const adding =
    (write: Write): Write =>
    (further, sentence) => {
      write({ ...fields, ...further }, sentence);
    };
  return { info: adding(info), warn: adding(warn), error: adding(error) };
}

function write(level: string, fields: object, sentence: string): void {
  process.stdout.write(`${JSON.stringify({ level, ...fields, msg: sentence }, describeError)}\n`);
}

/** An error as `name: message`. */
export function errorText(error: unknown): string {
  return error instanceof Error ? `${error.name}: ${error.message}` : String(error);
}

/** An error has no properties of its own that JSON would show. */
function describeError(_name: string, value: unknown): unknown {
  return value instanceof Error
    ? { name: value.name, message: value.message, ...('code' in value && { code: value.code }) }
    : value;
}
