import { currentUser, supervise, type Supervised } from '../../../local/parts/supervised';
import { toggleClock, withClocks } from '../../../local/rehearse/clock';

const HOUR_MS = 3_600_000;

/** How far a process's clock is from ours, in whole hours. */
async function hoursApart(part: Supervised): Promise<number> {
  // The line under way may be from before.
  await part.logged(/^\d+$/);
  return Math.abs(Math.round((Number(await part.logged(/^\d+$/)) - Date.now()) / HOUR_MS));
}

describe('a clock that can be set', () => {
  let part: Supervised;

  beforeAll(async () => {
    part = await withClocks(() =>
      supervise({
        name: 'clock',
        serves: /^\d+$/,
        endsAt: ['TERM'],
        command: () => [process.execPath, '-e', 'setInterval(() => console.log(new Date().getTime()), 50)'],
        prepare: () => undefined,
        user: currentUser(),
      }),
    );
  });

  afterAll(() => part.stop());

  test('goes right, then an hour ahead, then right again', async () => {
    expect(await hoursApart(part)).toBe(0);
    toggleClock(part);
    expect(await hoursApart(part)).toBe(1);
    toggleClock(part);
    expect(await hoursApart(part)).toBe(0);
  });

  test('is not for processes that are started later', () => {
    expect(process.env['NODE_OPTIONS'] ?? '').not.toContain('settable-clock');
  });
});
