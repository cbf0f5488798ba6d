import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { anchorsOf } from '../templates/rules/alarms';

const ROOT = join(__dirname, '../..');
const RUNBOOK = readFileSync(join(ROOT, 'docs/runbook.md'), 'utf8');

/** Each `docs/runbook.md#anchor` that code tells a person, wherever it does. */
const told = ['app', 'lambda', 'lib', 'server'].flatMap((folder) =>
  readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter((file) => /\.(?:ts|sh)$/.test(file))
    .flatMap((file) => {
      const text = readFileSync(join(ROOT, folder, file), 'utf8');
      return [...text.matchAll(/docs\/runbook\.md#([a-z0-9-]+)|runbook: '([a-z0-9-]+)'/g)].map(
        ([, inText, inAlarm]) => ({ from: `${folder}/${file}`, anchor: inText ?? inAlarm }),
      );
    }),
);

test.each(told)('the runbook has what $from points at: #$anchor', ({ anchor }) => {
  expect(anchorsOf(RUNBOOK)).toContain(anchor);
});
