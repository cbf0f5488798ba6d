/** The worker's log: fields, then a sentence. */
export interface Log {
  warn(fields: object, sentence: string): void;
  error(fields: object, sentence: string): void;
}

/** One line of JSON each, which CloudWatch makes metrics of. */
export const log: Log = {
  warn(fields, sentence) {
    console.warn(line('warn', fields, sentence));
  },
  error(fields, sentence) {
    console.error(line('error', fields, sentence));
  },
};

function line(level: string, fields: object, sentence: string): string {
  return JSON.stringify({ level, ...fields, msg: sentence }, describeError);
}

/** JSON shows nothing of an error by itself. */
function describeError(_name: string, value: unknown): unknown {
  return value instanceof Error
    ? { name: value.name, message: value.message, ...('code' in value && { code: value.code }) }
    : value;
}
