import { released, unreleased } from '../../release/changelog';
import { refusedVersion } from '../../release/version';

const CHANGELOG = `# Changelog

## [Unreleased]

### Added

- A planner.

## [1.0.0] - 2026-12-01

- The ladder.
`;

describe('a changelog', () => {
  it('says what is unreleased', () => {
    expect(unreleased(CHANGELOG)).toBe('### Added\n\n- A planner.');
  });

  it('gets a heading with version and date, and an empty "Unreleased" above it', () => {
    expect(released(CHANGELOG, '1.1.0', '2026-12-24')).toContain(
      '## [Unreleased]\n\n## [1.1.0] - 2026-12-24\n\n### Added\n\n- A planner.\n\n## [1.0.0]',
    );
  });

  it('that says nothing of the version is refused', () => {
    const empty = CHANGELOG.replace('### Added\n\n- A planner.\n', '');
    expect(() => released(empty, '1.1.0', '2026-12-24')).toThrow('says nothing below "## [Unreleased]"');
  });

  it('without the heading is refused by its name', () => {
    expect(() => unreleased('# Changelog')).toThrow('has no heading "## [Unreleased]"');
  });
});

describe('after 1.2.3', () => {
  it.each(['1.2.4', '1.3.0', '2.0.0'])('%s can come', (next) => {
    expect(refusedVersion('1.2.3', next)).toBeUndefined();
  });

  it.each(['1.2.3', '1.2.5', '1.3.1', '2.0.1', '1.2.2', '3.0.0'])('%s cannot', (next) => {
    expect(refusedVersion('1.2.3', next)).toBe(
      `${next} does not follow 1.2.3: after it come 1.2.4, 1.3.0, 2.0.0.`,
    );
  });

  it.each(['v2.0.0', '2.0', '2.0.0-beta', '02.0.0', ''])('"%s" is no version', (next) => {
    expect(refusedVersion('1.2.3', next)).toContain('is no version');
  });
});
