/**
 * Every template as it is, so that a change of what is deployed is never unseen: a file for each rung and stack, which
 * people and tools open. `npm test -- -u test/snapshots` accepts what has changed, and removes what no rung has any more.
 */
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import type { Template } from '../support/cloud-assembly';
import { masked } from '../support/masked';
import { DOMAIN, hasDataCenters, type Place, RUNGS, stage, titled, withQueue } from '../support/rungs';
import { ACCEPTS } from '../support/run-folder';
import { synthesize } from '../support/synthesize';

const accepts = process.env[ACCEPTS] === 'true';

interface Snapshot {
  /** Below this folder, such as `5-cache/zero-to-million-us-east-1-data.template.json`. */
  readonly path: string;
  readonly template: () => Template | undefined;
}

const folders = [
  ...RUNGS.map((rung) => ({ folder: titled(rung).replaceAll(' ', '-'), context: contextOf(rung) })),
  ...(['rabbitmq', 'kafka'] as const).map((queue) => ({
    folder: `8-message-queue-with-${queue}`,
    context: withQueue(queue),
  })),
];

const snapshots = folders.flatMap(({ folder, context }): readonly Snapshot[] => {
  const assembly = synthesize(context);
  return [...assembly.keys()].map((stack) => ({
    path: `${folder}/${stack}.template.json`,
    template: () => assembly.get(stack),
  }));
});

/** What a domain changes is shown where several data centers need one. */
function contextOf(rung: Place): Readonly<Record<string, string>> {
  return stage(rung, hasDataCenters(rung) ? DOMAIN : {});
}

beforeAll(() => {
  if (!accepts) return;
  found().forEach((path) => {
    rmSync(dirname(join(__dirname, path)), { recursive: true, force: true });
  });
  snapshots.forEach(({ path, template }) => {
    mkdirSync(dirname(join(__dirname, path)), { recursive: true });
    writeFileSync(join(__dirname, path), `${JSON.stringify(masked(template()), undefined, 2)}\n`);
  });
});

it.each(snapshots)('$path', ({ path, template }) => {
  const known: unknown = JSON.parse(readFileSync(join(__dirname, path), 'utf8'));
  expect(masked(template())).toEqual(known);
});

it('no file is left of what no rung has', () => {
  expect(found()).toEqual(snapshots.map(({ path }) => path).sort());
});

/** The files beside this one, below folders. */
function found(): readonly string[] {
  return readdirSync(__dirname, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.parentPath !== __dirname)
    .map((entry) => relative(__dirname, join(entry.parentPath, entry.name)))
    .sort();
}
