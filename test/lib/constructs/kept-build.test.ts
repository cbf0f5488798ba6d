import {
  appendFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  buildOrTake,
  buildOrTakeSync,
  keptAt,
  type KeptBuild,
} from '../../../lib/constructs/compute/kept-build';

let root: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'kept-build-test-'));
  file('main.ts', `import { word } from './other'; import { there } from 'there'; console.log(word, there);`);
  file('other/index.ts', `export const word: string = 'first';`);
  file('other/tsconfig.json', '{}');
  file('node_modules/there/index.js', `exports.there = 'installed';`);
  file('node_modules/.package-lock.json', '{}');
  built();
});

afterEach(() => {
  rmSync(root, { recursive: true });
});

/** What was written just before a build begins is not kept: it may be in it or not. */
function file(name: string, text: string): void {
  const path = join(root, name);
  mkdirSync(join(path, '..'), { recursive: true });
  writeFileSync(path, text);
  const written = Date.now();
  while (Date.now() - written < 25);
}

function options(more: Partial<KeptBuild> = {}): KeptBuild {
  return {
    absWorkingDir: root,
    entryPoints: { program: join(root, 'main.ts') },
    bundle: true,
    logLevel: 'silent',
    ...more,
  };
}

function built(more?: Partial<KeptBuild>): string {
  return buildOrTakeSync(options(more)).get('program.js') ?? '';
}

/** Tells what is kept from what is made anew. */
function mark(): void {
  const kept = readFileSync(keptAt(options()), 'utf8');
  writeFileSync(keptAt(options()), kept.replace('console.log', 'console.kept'));
}

test('a program is made once as long as nothing has changed that decides it', () => {
  mark();
  expect(built()).toContain('console.kept');
});

test('what one process has made while it waited, another takes without waiting, and the reverse', async () => {
  mark();
  expect((await buildOrTake(options())).get('program.js')).toContain('console.kept');
  rmSync(keptAt(options()));
  expect((await buildOrTake(options())).get('program.js')).toContain('console.log');
  expect(existsSync(keptAt(options()))).toBe(true);
});

test.each<readonly [what: string, change: () => void, then: string]>([
  [
    'a file of ours that it imports has another content, of the same length',
    () => {
      file('other/index.ts', `export const word: string = 'third';`);
    },
    'third',
  ],
  [
    'a new file takes the place of one that it imports',
    () => {
      file('other.ts', `export const word: string = 'beside';`);
    },
    'beside',
  ],
  [
    'what says beside our files how they are read says something else',
    () => {
      file('other/tsconfig.json', '{ "compilerOptions": { "strict": true } }');
    },
    'first',
  ],
  [
    'a package has another content',
    () => {
      file('node_modules/there/index.js', `exports.there = 'mended';`);
    },
    'mended',
  ],
  [
    'npm has installed something',
    () => {
      file('node_modules/.package-lock.json', '{ "packages": {} }');
    },
    'installed',
  ],
])('it is made anew when %s', (_what, change, then) => {
  mark();
  change();
  const text = built();
  expect(text).toContain(then);
  expect(text).not.toContain('console.kept');
});

test('it is made anew when it is to be made in another way', () => {
  mark();
  expect(built({ minifyWhitespace: true })).not.toContain('console.kept');
});

test('it is made anew when what was kept is no longer whole', () => {
  writeFileSync(keptAt(options()), readFileSync(keptAt(options()), 'utf8').slice(0, -20));
  expect(built()).toContain('first');
});

test('where a source is gone, the error says so, whatever was kept', () => {
  rmSync(join(root, 'other/index.ts'));
  expect(() => built()).toThrow('Could not resolve "./other"');
});

test('a source that is changed while it is made is not kept, since either may be in it', async () => {
  rmSync(keptAt(options()));
  const making = buildOrTake(options());
  appendFileSync(join(root, 'other/index.ts'), ' ');
  await making;
  expect(existsSync(keptAt(options()))).toBe(false);
});

test('where nothing can be kept, it is made each time', () => {
  rmSync(join(root, 'node_modules/.cache'), { recursive: true });
  writeFileSync(join(root, 'node_modules/.cache'), 'a file where the folder should be');
  expect(built()).toContain('first');
  expect(built()).toContain('first');
});
