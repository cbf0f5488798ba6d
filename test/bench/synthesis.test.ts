import { contextOf } from '../../bench/synthesis';
import { BUILT_RUNGS } from '../../lib/scaling-plan';
import { readSettings } from '../../lib/settings/read';

test.each(BUILT_RUNGS)('rung $number, $name, is measured with settings that it takes', (rung) => {
  expect(readSettings(contextOf(rung))).toMatchObject({ ok: true, settings: { stage: rung.number } });
});
