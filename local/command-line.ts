/** What every command of ours makes of its command line. */
import { parseArgs, type ParseArgsConfig } from 'node:util';
import { isNativeError } from 'node:util/types';

/**
 * Reads a command line as `parseArgs` does.
 *
 * @param command as people type it, such as `npm start`
 * @throws Error with one sentence about the first thing that cannot be understood, and where the options are listed
 */
export function readCommandLine<Config extends ParseArgsConfig>(command: string, config: Config) {
  try {
    return parseArgs(config);
  } catch (error) {
    const [what = ''] = isNativeError(error) ? error.message.split(/[.\n]/) : [];
    throw new Error(`${what}; ${command} -- --help lists the options.`, { cause: error });
  }
}
