/** CHANGELOG.md, as keepachangelog.com writes one: what is about to be released stands below "Unreleased". */

const UNRELEASED = '## [Unreleased]';

/** What stands below "Unreleased", without spaces around it; empty where nothing does. */
export function unreleased(changelog: string): string {
  const start = changelog.indexOf(UNRELEASED);
  if (start === -1) {
    throw new Error(`CHANGELOG.md has no heading "${UNRELEASED}": add it above the versions.`);
  }
  const below = changelog.slice(start + UNRELEASED.length);
  const next = below.search(/^## /m);
  return (next === -1 ? below : below.slice(0, next)).trim();
}

/** The changelog with what was unreleased under the version and its date (`2026-11-26`), and nothing unreleased. */
export function released(changelog: string, version: string, date: string): string {
  if (unreleased(changelog) === '') {
    throw new Error(
      `CHANGELOG.md says nothing below "${UNRELEASED}": write what users must know of this version.`,
    );
  }
  return changelog.replace(UNRELEASED, `${UNRELEASED}\n\n## [${version}] - ${date}`);
}
