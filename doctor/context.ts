/** The context of a deployment as the CDK's command line puts it together: what is read later wins. */
import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { isNativeError } from 'node:util/types';
import { at, isRecord, text } from './json';

/** What `cdk.json` and its like say. */
export interface Project {
  readonly context: Readonly<Record<string, unknown>>;
  /** The command that synthesizes. */
  readonly app: string;
  /** The profile that the project deploys with. */
  readonly profile: string | undefined;
}

/**
 * @param folder where `cdk.json` is
 * @param given what was said by `-c`
 * @throws Error with a sentence where a file cannot be read
 */
export function readProject(folder: string, given: Readonly<Record<string, string>>): Project {
  const user = read(join(homedir(), '.cdk.json'));
  const project = read(join(folder, 'cdk.json'));
  const app = text(at(project, 'app'));
  if (app === undefined) {
    throw new Error(`cdk.json in ${folder} names no "app". Run this where the project’s cdk.json is.`);
  }
  return {
    app,
    profile: text(at(project, 'profile')) ?? text(at(user, 'profile')),
    context: {
      ...record(at(user, 'context')),
      ...record(read(join(folder, 'cdk.context.json'))),
      ...record(at(project, 'context')),
      ...given,
    },
  };
}

function read(file: string): unknown {
  if (!existsSync(file)) {
    return undefined;
  }
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    const why = isNativeError(error) ? error.message : String(error);
    throw new Error(`${file} cannot be read: ${why}`, { cause: error });
  }
}

function record(value: unknown): Readonly<Record<string, unknown>> {
  return isRecord(value) ? value : {};
}
