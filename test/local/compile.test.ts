import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type * as Compile from '../../local/parts/compile';

const folder = mkdtempSync(join(tmpdir(), 'compile-test-'));
const main = join(folder, 'main.ts');
const other = join(folder, 'other.ts');

/** As another process would, to which nothing is known of this one. */
async function startAnew(minify = false): Promise<string> {
  let text = '';
  await jest.isolateModulesAsync(async () => {
    const { compile } = jest.requireActual<typeof Compile>('../../local/parts/compile');
    text = await compile(main, { minify });
  });
  return text;
}

function keptAt(): string {
  return jest.requireActual<typeof Compile>('../../local/parts/compile').keptAt(main);
}

beforeEach(async () => {
  writeFileSync(main, `import { word } from './other'; console.log(word);`);
  writeFileSync(other, `export const word: string = 'first';`);
  await startAnew();
  // Tells it from one that is made anew.
  appendFileSync(keptAt(), '// kept');
});

afterAll(() => {
  rmSync(folder, { recursive: true });
  rmSync(keptAt());
});

test('a program is one file, its types gone', async () => {
  const text = await startAnew();
  expect(text).toContain('first');
  expect(text).not.toContain(': string');
});

test('it is compiled once as long as nothing has changed that it consists of', async () => {
  expect(await startAnew()).toContain('// kept');
});

test('it is compiled anew when a file has changed that it imports', async () => {
  writeFileSync(other, `export const word: string = 'second';`);
  const text = await startAnew();
  expect(text).toContain('second');
  expect(text).not.toContain('// kept');
});

test('it is compiled anew when a file is gone, and says so where it cannot be', async () => {
  rmSync(other);
  await expect(startAnew()).rejects.toThrow('Could not resolve "./other"');
});

test('it is compiled anew when it is to be compiled in another way', async () => {
  expect(await startAnew(true)).not.toContain('// kept');
});
