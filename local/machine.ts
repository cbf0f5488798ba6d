import { spawnSync } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

/** A program that this machine must have, and how each package manager calls it. */
export interface Program {
  /** What people call it. */
  readonly name: string;
  /** Executables that serve, by name (looked for on PATH) or by absolute path; the first found is used. */
  readonly executables: readonly string[];
  readonly apt: string;
  readonly brew: string;
}

export const CHROMIUM: Program = {
  name: 'Chromium',
  executables: [
    'chromium',
    'chromium-browser',
    'google-chrome',
    '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
    '/Applications/Chromium.app/Contents/MacOS/Chromium',
  ],
  apt: 'chromium',
  brew: '--cask google-chrome',
};

export const SHELLCHECK: Program = {
  name: 'ShellCheck',
  executables: ['shellcheck'],
  apt: 'shellcheck',
  brew: 'shellcheck',
};

export const WRK: Program = { name: 'wrk', executables: ['wrk'], apt: 'wrk', brew: 'wrk' };

/** The absolute path of a program on this machine, or undefined where it is missing. */
export function find(program: Program): string | undefined {
  const folders = (process.env['PATH'] ?? '').split(delimiter);
  return program.executables
    .flatMap((name) => (name.startsWith('/') ? [name] : folders.map((folder) => join(folder, name))))
    .find(isExecutable);
}

/**
 * Installs what is missing where that can be done unasked (Debian/Ubuntu as root, Homebrew).
 *
 * @throws Error naming every program still missing and the command that installs it.
 */
export function ensure(programs: readonly Program[]): void {
  const missing = () => programs.filter((program) => find(program) === undefined);
  if (missing().length === 0) {
    return;
  }
  const manager = [apt, brew].find((candidate) => candidate.usable());
  if (manager !== undefined) {
    console.error(`Installing ${names(missing())} with ${manager.name} …`);
    manager
      .commands(missing())
      .forEach((command) => spawnSync(command, { shell: true, stdio: ['ignore', 2, 2] }));
  }
  if (missing().length > 0) {
    const commands = (manager ?? apt).commands(missing()).map((command) => `  ${command}`);
    throw new Error(`This machine lacks ${names(missing())}. Install with:\n${commands.join('\n')}`);
  }
}

interface PackageManager {
  readonly name: string;
  readonly usable: () => boolean;
  readonly commands: (programs: readonly Program[]) => readonly string[];
}

const apt: PackageManager = {
  name: 'apt-get',
  usable: () => process.getuid?.() === 0 && onPath('apt-get'),
  commands: (programs) => [
    'apt-get update -qq',
    `DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends ${programs.map((p) => p.apt).join(' ')}`,
  ],
};

const brew: PackageManager = {
  name: 'Homebrew',
  usable: () => onPath('brew'),
  commands: (programs) => programs.map((program) => `brew install ${program.brew}`),
};

function onPath(name: string): boolean {
  return find({ name, executables: [name], apt: name, brew: name }) !== undefined;
}

function names(programs: readonly Program[]): string {
  return programs.map((program) => program.name).join(' and ');
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
