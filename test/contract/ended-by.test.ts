import { getEventListeners } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { endedBy } from '../../contract/ended-by';

/** Work that goes on until it is ended, however often memory is collected meanwhile. */
async function goesOn(until: AbortSignal): Promise<string> {
  setFlagsFromString('--expose-gc');
  const collect: unknown = runInNewContext('gc');
  for (let turn = 0; turn < 300 && !until.aborted; turn += 1) {
    if (typeof collect === 'function' && turn % 10 === 0) {
      Reflect.apply(collect, undefined, []);
    }
    await sleep(10);
  }
  return until.aborted ? 'ended' : 'not ended';
}

test('work is ended when its time is over, though memory is collected before', async () => {
  expect(await endedBy([new AbortController().signal], goesOn, 200)).toBe('ended');
});

test.each([0, 1])('work is ended by signal %i of two', async (index) => {
  const both = [new AbortController(), new AbortController()];
  setTimeout(() => both[index]?.abort(), 50);
  expect(
    await endedBy(
      both.map(({ signal }) => signal),
      goesOn,
    ),
  ).toBe('ended');
});

test('work is ended by a signal that came while nothing listened, and is held by nobody since', async () => {
  let held: AbortController | undefined = new AbortController();
  const work = endedBy([held.signal], async (until) => {
    await sleep(50);
    return goesOn(until);
  });
  held.abort();
  held = undefined;
  expect(await work).toBe('ended');
});

test('work inside other work is ended with it', async () => {
  const outer = new AbortController();
  const work = endedBy([outer.signal], (until) => endedBy([until], goesOn));
  setTimeout(() => {
    outer.abort();
  }, 50);
  expect(await work).toBe('ended');
});

test('work under a signal that has come already finds itself ended', async () => {
  expect(await endedBy([AbortSignal.abort()], (until) => Promise.resolve(until.aborted))).toBe(true);
});

test('work that ends by itself leaves no listener and no timer behind', async () => {
  const { signal } = new AbortController();
  expect(await endedBy([signal], () => Promise.resolve('done'), 60_000)).toBe('done');
  expect(getEventListeners(signal, 'abort')).toEqual([]);
});

test('work that fails says why, and leaves no listener behind', async () => {
  const { signal } = new AbortController();
  await expect(endedBy([signal], () => Promise.reject(new Error('why')))).rejects.toThrow('why');
  expect(getEventListeners(signal, 'abort')).toEqual([]);
});
