/** What a user's own `cdk synth` does, run as the real command line. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Run, cdkSynth } from '../support/command-line';
import { DOMAIN, RUNGS, stage } from '../support/rungs';

const highest = RUNGS.at(-1);
if (!highest) throw new Error('No rung is built.');

/** Two at once take 20 s on two idle cores, and several times as long beside other tests. */
const PATIENCE_MS = 180_000;

/** A line of a JavaScript stack trace. */
const STACK_TRACE = /^\s+at /m;

describe('cdk synth without credentials, network or Docker', () => {
  let once: Run;
  let again: Run;

  beforeAll(async () => {
    [once, again] = await Promise.all([cdkSynth(stage(highest, DOMAIN)), cdkSynth(stage(highest, DOMAIN))]);
  }, PATIENCE_MS);

  it('succeeds', () => {
    // What was said comes first, so that a failure shows it.
    expect(once.code === 0 ? '' : once.said).toBe('');
  });

  it('writes templates', () => {
    expect([...once.files.keys()]).toContainEqual(expect.stringMatching(/\.template\.json$/));
  });

  it('never asks the network for anything while the application is built', () => {
    expect(once.network.filter((command) => command.includes('zero-to-million.ts'))).toEqual([]);
  });

  it('writes the same bytes each time', () => {
    const differing = [...once.files].filter(
      ([path, bytes]) => again.files.get(path)?.equals(bytes) !== true,
    );
    expect(differing.map(([path]) => path)).toEqual([]);
    expect([...again.files.keys()]).toEqual([...once.files.keys()]);
  });
});

describe('cdk synth with settings that cannot be used', () => {
  let misspelt: Run;
  let unbuilt: Run;
  let uncompiled: Run;

  beforeAll(async () => {
    const folder = mkdtempSync(join(tmpdir(), 'zero-to-million-entry-'));
    const appEntry = join(folder, 'broken.ts');
    writeFileSync(appEntry, 'const = 1;');
    [misspelt, unbuilt, uncompiled] = await Promise.all([
      cdkSynth({ stage: 'load-balancr', regions: 'us-est-1', sandbx: 'true', minServers: 'two' }),
      cdkSynth({ stage: '9' }),
      cdkSynth({ stage: '1', appEntry }),
    ]);
    rmSync(folder, { recursive: true });
  });

  it('fails', () => {
    expect([misspelt.code, unbuilt.code, uncompiled.code]).toEqual([1, 1, 1]);
  });

  it('says where an application of one’s own does not compile', () => {
    expect(uncompiled.said).toContain('broken.ts:1:7: Expected identifier but found "="');
  });

  it('leaves nothing half-made', () => {
    expect([...uncompiled.files.keys()].filter((path) => path.includes('bundling-temp'))).toEqual([]);
  });

  it.each(['stage: ', 'regions: ', 'sandbx: ', 'minServers: '])(
    'reports %s among all the problems',
    (setting) => {
      expect(misspelt.said).toContain(`\n${setting}`.trimStart());
    },
  );

  it.each(['load-balancer', 'us-east-1', 'sandbox'])('names %s as the nearest valid one', (valid) => {
    expect(misspelt.said).toContain(`Did you mean "${valid}"?`);
  });

  it('refuses a rung that is not built with a sentence', () => {
    expect(unbuilt.said).toMatch(
      /Stage 9, sharding, is on the ladder but this version does not build it yet/,
    );
  });

  it('writes no templates', () => {
    expect([misspelt, unbuilt, uncompiled].flatMap(({ files }) => [...files.keys()])).not.toContainEqual(
      expect.stringMatching(/\.template\.json$/),
    );
  });

  it('shows no stack trace', () => {
    expect(misspelt.said).not.toMatch(STACK_TRACE);
    expect(unbuilt.said).not.toMatch(STACK_TRACE);
    expect(uncompiled.said).not.toMatch(STACK_TRACE);
  });
});
