import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { keptAt } from '../../lib/constructs/compute/kept-build';
import { compile, programOf } from '../../local/parts/compile';

const folder = mkdtempSync(join(tmpdir(), 'compile-test-'));
const main = join(folder, 'main.ts');

afterAll(() => {
  rmSync(folder, { recursive: true });
  rmSync(keptAt(programOf(main)), { force: true });
});

test('a program is one file of JavaScript that needs nothing beside it', async () => {
  writeFileSync(join(folder, 'other.ts'), `export const word: string = 'first';`);
  writeFileSync(main, `import { word } from './other'; console.log(word);`);
  const text = await compile(main);
  expect(text).toContain('first');
  expect(text).not.toMatch(/: string|require\("\.\/other"\)/);
});
