/** What the carry-over must be told, all of it in the environment: arguments are seen by every process. */
import * as v from 'valibot';
import { readVariables, type Variable } from '../../contract/environment';

interface Row extends Variable {
  /** What it is, for `--help`. */
  readonly is: string;
}

const TEXT = { schema: v.pipe(v.string(), v.nonEmpty()), form: 'a text' } as const;

const SECONDS = {
  optional: true,
  schema: v.pipe(
    v.string(),
    v.transform(Number),
    v.number(),
    v.gtValue(0),
    v.transform((seconds) => seconds * 1000),
  ),
  form: 'a number of seconds above 0',
} as const;

const ROWS = {
  TARGET_URL: { ...TEXT, is: 'postgresql://… to fill; it must hold nothing' },
  PGUSER: { ...TEXT, is: 'user for TARGET_URL' },
  PGPASSWORD: { ...TEXT, is: 'password for TARGET_URL' },
  SOURCE_URL: { ...TEXT, is: 'postgresql://… of the old database once SOURCE_OPEN has started it' },
  SOURCE_OPEN: {
    ...TEXT,
    is: 'executable that claims the volume and starts the old database, read-only; may be run twice',
  },
  SOURCE_CLOSE: {
    ...TEXT,
    is: 'executable that stops the old database and lets the volume go; may be run twice',
  },
  SOURCE_EVICT: {
    ...TEXT,
    is: 'executable that has the volume’s holder replaced; run once, where IN_VOLUME_ZONE is false',
  },
  GENERATION: {
    ...TEXT,
    is: 'which state of the volume is carried (its tag zero-to-million:generation)',
  },
  IN_VOLUME_ZONE: {
    schema: v.pipe(
      v.picklist(['true', 'false']),
      v.transform((word) => word === 'true'),
    ),
    form: 'true or false',
    is: 'true where this server can attach the volume; with false it waits for one that can',
  },
  WAIT_SECONDS: { ...SECONDS, default: '3600', is: 'how long to wait for another server that carries' },
  EVICT_AFTER_SECONDS: { ...SECONDS, default: '120', is: 'how long to wait before SOURCE_EVICT is run' },
  CONNECT_SECONDS: {
    ...SECONDS,
    default: '300',
    is: 'how long to try a database that does not answer',
  },
  OPEN_SECONDS: { ...SECONDS, default: '1200', is: 'how long SOURCE_OPEN may take' },
} as const satisfies Readonly<Record<string, Row>>;

const LINES = Object.entries<Row>(ROWS).map(
  ([name, { is, default: byDefault }]) =>
    `  ${name.padEnd(19)}  ${is}${byDefault === undefined ? '' : ` (default ${byDefault})`}`,
);

export const HELP = `Usage: node carry-over.js   (every setting in the environment)

Carries the database of an old server's volume over into TARGET_URL: schema and rows, in one snapshot of the source
and one transaction of the target, checked by row count and checksum. Interrupted anywhere, it leaves the target as it
was and may be run again; run by many servers at once, one carries and the others wait for it.

${LINES.join('\n')}

Exit code: 0 carried over, now or earlier; 1 not, with the reason. See docs/runbook.md, "Carry-over".
`;

export interface Settings {
  readonly targetUrl: string;
  readonly targetUser: string;
  readonly targetPassword: string;
  readonly sourceUrl: string;
  readonly sourceOpen: string;
  readonly sourceClose: string;
  readonly sourceEvict: string;
  readonly generation: string;
  readonly inVolumeZone: boolean;
  readonly waitMs: number;
  readonly evictAfterMs: number;
  readonly connectMs: number;
  readonly openMs: number;
}

/**
 * Reads the settings and takes the password out of the environment, so that no child process inherits it.
 *
 * @throws Error listing every setting that is missing or malformed.
 */
export function takeSettings(environment: NodeJS.ProcessEnv): Settings {
  const read = readVariables(ROWS, environment);
  if ('wrong' in read) {
    const problems = read.wrong.map(({ name, value, form }) =>
      value === '' ? `${name} is missing` : `${name} is "${value}", expected ${form}`,
    );
    throw new Error(`The carry-over's settings are wrong: ${problems.join('; ')}. --help explains each.`);
  }
  delete environment['PGUSER'];
  delete environment['PGPASSWORD'];
  const { values } = read;
  return {
    targetUrl: values.TARGET_URL,
    targetUser: values.PGUSER,
    targetPassword: values.PGPASSWORD,
    sourceUrl: values.SOURCE_URL,
    sourceOpen: values.SOURCE_OPEN,
    sourceClose: values.SOURCE_CLOSE,
    sourceEvict: values.SOURCE_EVICT,
    generation: values.GENERATION,
    inVolumeZone: values.IN_VOLUME_ZONE,
    waitMs: values.WAIT_SECONDS,
    evictAfterMs: values.EVICT_AFTER_SECONDS,
    connectMs: values.CONNECT_SECONDS,
    openMs: values.OPEN_SECONDS,
  };
}
