import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { commandsIn, withOutput } from '../../bench/measured';
import { plannerRows } from '../../bench/planner-rows';
import { MEASURED } from '../../lib/capacity/data';

const PAGE = `# Page

<!-- npm run bench -- rungs -->

2026-01-01, old

<!-- end -->

Between.

<!-- npm run rehearse -- --short -->
other
<!-- end -->
`;

test('a page’s commands are those of its marks, in their order', () => {
  expect(commandsIn(PAGE)).toEqual(['npm run bench -- rungs', 'npm run rehearse -- --short']);
});

test('what a command prints takes the place of what it printed, and nothing else changes', () => {
  expect(withOutput(PAGE, 'npm run bench -- rungs', '2026-02-02, $& new\n')).toBe(
    PAGE.replace('2026-01-01, old', () => '2026-02-02, $& new'),
  );
});

test('docs/measured.md shows the rehearsal, the ladder and the rungs, each with date and machine', () => {
  const page = readFileSync(join(__dirname, '../../docs/measured.md'), 'utf8');
  const commands = commandsIn(page);
  expect(commands).toEqual(
    expect.arrayContaining([
      'npm run rehearse -- --stage 8',
      'npm run rehearse -- --short',
      'npm run bench -- --ladder',
      'npm run bench -- rungs --rounds 1',
    ]),
  );
  const undated = commands.filter(
    (command) => !new RegExp(`<!-- ${command} -->\\n\\n\\d{4}-\\d\\d-\\d\\d, \\d+ × `).test(page),
  );
  expect(undated).toEqual([]);
});

test('the planner’s rows are those of docs/measured.md; npm run measured writes them', () => {
  const page = readFileSync(join(__dirname, '../../docs/measured.md'), 'utf8');
  expect(MEASURED).toEqual(plannerRows(page));
  expect(new Set(MEASURED.map(({ date }) => date)).size).toBe(1);
});
