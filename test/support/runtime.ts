/** The Node that servers and Lambda run, for their tests on a machine that has another one. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';

/** What lib/constructs/compute/bundle.ts compiles for; a release of it from npm's package `node`. */
const RELEASE = '24.21.0';

/** The environment variable with the path of that Node. @default - the one that runs Jest */
export const SERVER_NODE = 'ZERO_TO_MILLION_SERVER_NODE';

/**
 * The path of a Node such as servers run: this process's own, or one that is installed from npm, once, beside Jest's cache. It
 * is no dependency: its command would take the place of the user's own in every npm script.
 *
 * @throws Error with npm's own message where that fails
 */
export function serverNode(): string {
  if (isServers(process.versions.node)) return process.execPath;
  const folder = join(__dirname, '../../node_modules/.cache', `node-${RELEASE}`);
  const path = join(folder, 'node_modules/node/bin/node');
  if (!existsSync(path)) {
    console.error(`Installing Node ${RELEASE}, which servers run, from npm …`);
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'package.json'), '{}');
    const { status, stderr } = spawnSync('npm', ['install', '--no-audit', '--no-fund', `node@${RELEASE}`], {
      cwd: folder,
      encoding: 'utf8',
    });
    if (status !== 0 || !existsSync(path)) throw new Error(`Node ${RELEASE} cannot be installed:\n${stderr}`);
  }
  return path;
}

function isServers(version: string): boolean {
  const [major] = RELEASE.split('.');
  return version.split('.')[0] === major;
}

/**
 * Flags of Node for a process that has the embedded database or the CDK's own validation in it, as cdk.json has them: WebAssembly is compiled once, and
 * not again for speed in the background, which took two of the five processor seconds of a start; and one thread marks the heap, or collections of
 * garbage follow one another.
 */
export const SHORT_LIVED = ['--liftoff-only', '--no-concurrent-marking'] as const;

/**
 * What Node runs TypeScript by in a process of its own. Without tsx's loader of modules, a thread that costs half a processor second,
 * and so not for programs that import files of ours when they need them (the doctor, the bench, the documents, the fuzzing).
 */
export const BY_TSX = ['--require', require.resolve('tsx/cjs')] as const;

/** Lets commands whose temporary folder this is share with others what tsx has compiled: all of it takes a second or two. */
export function shareCompiled(folder: string): void {
  const name = `tsx-${process.geteuid?.() ?? userInfo().username}`;
  const cache = join(tmpdir(), name);
  mkdirSync(cache, { recursive: true });
  symlinkSync(cache, join(folder, name));
}
