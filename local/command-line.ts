/** How every command of ours reads its command line. */
import { parseArgs, type ParseArgsConfig } from 'node:util';
import { isNativeError } from 'node:util/types';
import { nearest } from '../contract/nearest';

/**
 * Reads a command line as `parseArgs` does.
 *
 * @param command as people type it, such as `npm start`
 * @throws Error with a sentence about the first thing that cannot be understood, the nearest option that there is, and where
 *   the options are listed
 */
export function readCommandLine<Config extends ParseArgsConfig>(command: string, config: Config) {
  try {
    return parseArgs(config);
  } catch (error) {
    const what = isNativeError(error) ? inShort(error.message) : '';
    const near = nearestOption(what, Object.keys(config.options ?? {}));
    const end = near === undefined ? ';' : `. Did you mean ${near}?`;
    throw new Error(`${what}${end} ${command} -- --help lists the options.`, { cause: error });
  }
}

/** The first sentence of what parseArgs says; its “ambiguous” in words that say what to do. */
function inShort(message: string): string {
  const [what = ''] = message.split(/[.\n]/);
  const [, option] = /^Option '(?:-\w, )?(--[\w-]+).*' argument is ambiguous/.exec(what) ?? [];
  return option === undefined
    ? what
    : `${option} has no value: what begins with a dash is an option, unless it is joined as ${option}=-…`;
}

function nearestOption(what: string, names: readonly string[]): string | undefined {
  const [, unknown] = /^Unknown option '(-[^']*)'/.exec(what) ?? [];
  return unknown === undefined
    ? undefined
    : nearest(
        unknown,
        names.map((name) => `--${name}`),
      );
}

/**
 * Reads a whole number, both ends included.
 *
 * @param name of the option or the variable, as people type it
 * @throws Error with a sentence
 */
export function readWholeNumber(
  name: string,
  text: string,
  { from = 1, to = Number.MAX_SAFE_INTEGER }: { readonly from?: number; readonly to?: number } = {},
): number {
  const value = /^\d+$/.test(text) ? Number(text) : NaN;
  if (!(value >= from && value <= to)) {
    const range = to === Number.MAX_SAFE_INTEGER ? `, ${from} or more` : ` from ${from} to ${to}`;
    throw new Error(`${name} ${text}: expected a whole number${range}.`);
  }
  return value;
}
