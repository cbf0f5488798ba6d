/** What `npm run doctor` is told on its command line. */
import { isIP } from 'node:net';
import type { ParseArgsConfig } from 'node:util';
import { listSettings } from '../lib/settings/document';
import { readCommandLine } from '../local/command-line';

export interface Options {
  /** Settings by `-c key=value`. */
  readonly context: Readonly<Record<string, string>>;
  /** A profile of the AWS configuration. */
  readonly profile: string | undefined;
  /** One JSON document in place of what is for people. */
  readonly json: boolean;
  /** How long one request to AWS may take, in ms. */
  readonly timeoutMs: number;
  /** Address of the DNS server to ask; undefined for this machine's own. */
  readonly resolver: string | undefined;
}

export type Command = { readonly kind: 'help' } | { readonly kind: 'examine'; readonly options: Options };

export const HELP = `Usage: npm run doctor [-- OPTIONS]

Looks at the AWS account that the next cdk deploy would go to, changes nothing there, and says in under a minute whether
it will carry the rung: quotas, zones, bootstrap, domain, leftovers of an earlier try, stacks that block. Takes what
cdk deploy takes, so give it the same -c; settings in cdk.json count as well.

  -c, --context KEY=VALUE  a setting, such as -c stage=5; may be given several times
  --profile NAME           a profile of your AWS configuration
  --all                    taken, and without effect: all stacks are looked at anyway
  --json                   one JSON document on standard output (npm run --silent doctor -- --json)
  --timeout SECONDS        how long a single request to AWS may take (default 10)
  --resolver ADDRESS       the DNS server to ask whether the domain is delegated (default: this machine's own)
  --help                   this text

Each line begins with ✓ (as needed), ✗ (stands in the way; the line below it mends it) or ? (could not be asked, and why).
Ends with 1 where there is a ✗, where there are no credentials or where settings are refused, with 2 where this command line
cannot be understood, and otherwise with 0, also where there is a "?": the last line then says so.

Settings, by -c or in cdk.json; docs/settings.md has what each takes and its default:
${listSettings()}

It asks only with Describe, Get, List and Head, which AWS's policy ReadOnlyAccess allows; what is not allowed is named with its
permission.
`;

const OPTIONS = {
  context: { type: 'string', short: 'c', multiple: true },
  profile: { type: 'string' },
  all: { type: 'boolean', default: false },
  json: { type: 'boolean', default: false },
  timeout: { type: 'string', default: '10' },
  resolver: { type: 'string' },
  help: { type: 'boolean', short: 'h', default: false },
} as const satisfies ParseArgsConfig['options'];

/** More would break the promise of a minute. */
const LONGEST_TIMEOUT_S = 30;

/** @throws Error with a sentence about the first thing that cannot be understood */
export function readCommand(argv: readonly string[]): Command {
  const { values } = readCommandLine('npm run doctor', { args: [...argv], options: OPTIONS });
  const { context = [], profile, json, timeout, resolver, help } = values;
  return help
    ? { kind: 'help' }
    : {
        kind: 'examine',
        options: {
          context: Object.fromEntries(context.map(setting)),
          profile,
          json,
          timeoutMs: seconds(timeout) * 1000,
          resolver: resolver === undefined ? undefined : address(resolver),
        },
      };
}

function setting(given: string): readonly [string, string] {
  const [, key, value] = /^([^=]+)=(.*)$/s.exec(given) ?? [];
  if (key === undefined || value === undefined) {
    throw new Error(`-c ${given}: expected KEY=VALUE, such as -c stage=5.`);
  }
  return [key, value];
}

function seconds(given: string): number {
  const value = Number(given);
  if (!(value > 0 && value <= LONGEST_TIMEOUT_S)) {
    throw new Error(`--timeout ${given}: expected seconds, ${LONGEST_TIMEOUT_S} at most.`);
  }
  return value;
}

/** Node's resolver takes addresses alone, with a port or without: `192.0.2.1`, `192.0.2.1:53`, `[2001:db8::1]:53`. */
function address(given: string): string {
  const [, bracketed, plain] = /^(?:\[([^\]]+)\]|([^:]+))(?::\d{1,5})?$/.exec(given) ?? [];
  if (isIP(bracketed ?? plain ?? given) === 0) {
    throw new Error(
      `--resolver ${given}: expected an IP address, with a port or without, such as 192.0.2.1:53.`,
    );
  }
  return given;
}
