/** A semantic version without a suffix. */
const VERSION = /^(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)$/;

/** Why `next` cannot follow `current`, as a sentence; undefined when it can: one part raised by one, those after it 0. */
export function refusedVersion(current: string, next: string): string | undefined {
  const [from, to] = [current, next].map((version) => VERSION.exec(version)?.slice(1).map(Number));
  if (from === undefined || to === undefined) {
    return `"${next}" is no version: it takes three numbers such as 1.0.0 (semver.org).`;
  }
  const following = followers(from);
  return following.includes(to.join('.'))
    ? undefined
    : `${next} does not follow ${current}: after it come ${following.join(', ')}.`;
}

function followers([major = 0, minor = 0, patch = 0]: readonly number[]): readonly string[] {
  return [`${major}.${minor}.${patch + 1}`, `${major}.${minor + 1}.0`, `${major + 1}.0.0`];
}
