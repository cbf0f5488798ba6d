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
  /** The service that Debian's package would start at each boot; only the program is wanted here. */
  readonly service?: string;
  /** Likewise units of systemd, of packages that it comes with. */
  readonly units?: readonly string[];
}

function program(name: string, executables: readonly string[], apt: string, brew = apt): Program {
  return { name, executables, apt, brew };
}

/** Without a window and what belongs to one where there is such a build: it needs half the processor time. */
export const CHROMIUM = program(
  'Chromium',
  [
    ...['chromium-headless-shell', 'chromium', 'chromium-browser', 'google-chrome'],
    '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
    '/Applications/Chromium.app/Contents/MacOS/Chromium',
  ],
  'chromium-headless-shell',
  '--cask google-chrome',
);
export const SHELLCHECK = program('ShellCheck', ['shellcheck'], 'shellcheck');
/** Valkey or Redis, whose command-line client comes with it. */
export const REDIS: Program = {
  ...program('Redis', ['valkey-server', 'redis-server'], 'redis-server', 'valkey'),
  service: 'redis-server',
};
// Debian keeps both where only root's PATH leads.
export const NGINX: Program = {
  ...program('nginx', ['nginx', '/usr/sbin/nginx'], 'nginx'),
  service: 'nginx',
};
export const HAPROXY: Program = {
  ...program('HAProxy', ['haproxy', '/usr/sbin/haproxy'], 'haproxy'),
  service: 'haproxy',
};
/** Finds the processes of a server, so that all of them can be frozen. macOS has it. */
export const PGREP = program('pgrep', ['pgrep'], 'procps', 'proctools');
/** With the Erlang that it runs in. What Debian has in /usr/sbin changes to a user of its own; below its library folder are the programs themselves. */
export const RABBITMQ: Program = {
  ...program(
    'RabbitMQ',
    [
      ...['/usr/lib/rabbitmq/bin/rabbitmq-server', '/opt/homebrew/sbin/rabbitmq-server'],
      ...['/usr/local/sbin/rabbitmq-server', 'rabbitmq-server'],
    ],
    'rabbitmq-server',
    'rabbitmq',
  ),
  service: 'rabbitmq-server',
  units: ['epmd.socket', 'epmd.service'],
};
/** A client of Kafka that holds a cluster, too: librdkafka's own, for tests. */
export const KCAT = program('kcat', ['kcat', 'kafkacat'], 'kcat');
export const WRK = program('wrk', ['wrk'], 'wrk');

/** The absolute path of a program on this machine, or undefined where it is missing. */
export function find(program: Program): string | undefined {
  const folders = (process.env['PATH'] ?? '').split(delimiter);
  return program.executables
    .flatMap((name) => (name.startsWith('/') ? [name] : folders.map((folder) => join(folder, name))))
    .find(isExecutable);
}

/**
 * The absolute path of a program that must be here.
 *
 * @throws Error naming the command that installs it.
 */
export function locate(program: Program): string {
  const path = find(program);
  if (path === undefined) {
    throw lack([program]);
  }
  return path;
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
  const manager = usableManager();
  if (manager !== undefined) {
    console.error(`Installing ${names(missing())} with ${manager.name} …`);
    manager
      .commands(missing())
      .forEach((command) =>
        spawnSync(manager.whenUnasked + command, { shell: true, stdio: ['ignore', 2, 2] }),
      );
  }
  if (missing().length > 0) {
    throw lack(missing());
  }
}

function lack(programs: readonly Program[]): Error {
  const commands = (usableManager() ?? apt).commands(programs).map((command) => `  ${command}`);
  return new Error(`This machine lacks ${names(programs)}. Install with:\n${commands.join('\n')}`);
}

function usableManager(): PackageManager | undefined {
  return [apt, brew].find((manager) => manager.usable());
}

interface PackageManager {
  readonly name: string;
  readonly usable: () => boolean;
  readonly commands: (programs: readonly Program[]) => readonly string[];
  /** Shell lines before a command that was not typed. */
  readonly whenUnasked: string;
}

/**
 * Debian's packages start their services when they are installed, unless /usr/sbin/policy-rc.d says 101 (not allowed).
 * One that is there already is the machine owner's, and stays as it is.
 */
const WITHOUT_SERVICES = `
policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ]; then
  trap 'rm -f "$policy"' EXIT
  trap 'exit 1' INT TERM
  printf '#!/bin/sh\\nexit 101\\n' >"$policy" && chmod 755 "$policy"
fi
`;

const apt: PackageManager = {
  name: 'apt-get',
  usable: () => process.getuid?.() === 0 && onPath('apt-get'),
  commands: (programs) => [
    'apt-get update -qq',
    `DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends ${programs.map((p) => p.apt).join(' ')}`,
    ...programs
      .flatMap((program) => program.service ?? [])
      .map((service) => `update-rc.d ${service} disable`),
    ...programs
      .filter(({ units = [] }) => units.length > 0)
      .map(({ units = [] }) => `systemctl --quiet disable ${units.join(' ')}`),
  ],
  whenUnasked: WITHOUT_SERVICES,
};

const brew: PackageManager = {
  name: 'Homebrew',
  usable: () => onPath('brew'),
  commands: (programs) => programs.map((program) => `brew install ${program.brew}`),
  whenUnasked: '',
};

function onPath(name: string): boolean {
  return find(program(name, [name], name)) !== undefined;
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
