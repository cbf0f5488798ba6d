/** What the carry-over must be told, all of it in the environment: arguments are seen by every process. */

export const HELP = `Usage: node carry-over.js   (every setting in the environment)

Carries the database of an old server's volume over into TARGET_URL: schema and rows, in one snapshot of the source
and one transaction of the target, checked by row count and checksum. Interrupted anywhere, it leaves the target as it
was and may be run again; run by many servers at once, one carries and the others wait for it.

  TARGET_URL          postgresql://… to fill; it must hold nothing
  PGUSER, PGPASSWORD  credentials for TARGET_URL
  SOURCE_URL          postgresql://… of the old database once SOURCE_OPEN has started it
  SOURCE_OPEN         executable that claims the volume and starts the old database, read-only; may be run twice
  SOURCE_CLOSE        executable that stops the old database and lets the volume go; may be run twice
  SOURCE_EVICT        executable that has the volume's holder replaced; run once, where IN_VOLUME_ZONE is false
  GENERATION          which state of the volume is carried (its tag zero-to-million:generation)
  IN_VOLUME_ZONE      true where this server can attach the volume; with false it waits for one that can
  WAIT_SECONDS        how long to wait for another server that carries (default 3600)
  EVICT_AFTER_SECONDS how long to wait before SOURCE_EVICT is run (default 120)
  CONNECT_SECONDS     how long to try a database that does not answer (default 300)
  OPEN_SECONDS        how long SOURCE_OPEN may take (default 1200)

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
  const problems: string[] = [];
  const required = (name: string): string => {
    const value = environment[name] ?? '';
    if (value === '') {
      problems.push(`${name} is missing`);
    }
    return value;
  };
  const oneOf = (name: string, allowed: readonly string[]): string => {
    const value = required(name);
    if (value !== '' && !allowed.includes(value)) {
      problems.push(`${name} is "${value}", expected ${allowed.join(' or ')}`);
    }
    return value;
  };
  const seconds = (name: string, standard: number): number => {
    const value = Number(environment[name] ?? standard);
    if (!(value > 0)) {
      problems.push(`${name} is "${environment[name] ?? ''}", expected a number of seconds above 0`);
    }
    return value * 1000;
  };
  const settings: Settings = {
    targetUrl: required('TARGET_URL'),
    targetUser: required('PGUSER'),
    targetPassword: required('PGPASSWORD'),
    sourceUrl: required('SOURCE_URL'),
    sourceOpen: required('SOURCE_OPEN'),
    sourceClose: required('SOURCE_CLOSE'),
    sourceEvict: required('SOURCE_EVICT'),
    generation: required('GENERATION'),
    inVolumeZone: oneOf('IN_VOLUME_ZONE', ['true', 'false']) === 'true',
    waitMs: seconds('WAIT_SECONDS', 3600),
    evictAfterMs: seconds('EVICT_AFTER_SECONDS', 120),
    connectMs: seconds('CONNECT_SECONDS', 300),
    openMs: seconds('OPEN_SECONDS', 1200),
  };
  if (problems.length > 0) {
    throw new Error(`The carry-over's settings are wrong: ${problems.join('; ')}. --help explains each.`);
  }
  delete environment['PGUSER'];
  delete environment['PGPASSWORD'];
  return settings;
}
