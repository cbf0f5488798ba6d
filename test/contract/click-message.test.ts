import fc from 'fast-check';
import { randomUUID } from 'node:crypto';
import {
  CLICK_MESSAGE_VERSION,
  MAX_CLICKS_PER_MESSAGE,
  clickId,
  clickTime,
  decodeClickMessage,
  encodeClickMessage,
  toMessageClicks,
  type Click,
} from '../../contract/click-message';
import { isCode } from '../../app/services/codes';

const code = fc.stringMatching(/^[0-9A-Za-z][0-9A-Za-z_-]{2,63}$/);
const time = fc.integer({ min: 0, max: 2 ** 48 - 1 });
const click: fc.Arbitrary<Click> = fc.record({
  id: fc.tuple(time, fc.uuid({ version: 4 })).map(([at, random]) => clickId(at, random)),
  code,
  count: fc.integer({ min: 1, max: 1_000_000_000 }),
});
const clicks = fc.uniqueArray(click, {
  minLength: 1,
  maxLength: MAX_CLICKS_PER_MESSAGE,
  selector: ({ id }) => id,
});

const ID = clickId(1_700_000_000_000, '00000000-0000-4000-8000-000000000000');
const message = (changes: object) => JSON.stringify({ version: 1, clicks: [CLICK], ...changes });
const CLICK = { id: ID, code: 'code', count: 1 };

test('what is written is read', () => {
  fc.assert(
    fc.property(clicks, (written) => {
      expect(decodeClickMessage(encodeClickMessage(written))).toEqual({ kind: 'clicks', clicks: written });
    }),
  );
});

test('nothing that is read was not written so: whatever passes is written back the same', () => {
  const nearly = fc.record({
    version: fc.constantFrom(1, 2, '1'),
    clicks: fc.array(fc.oneof(click, fc.jsonValue()), { maxLength: 3 }),
  });
  fc.assert(
    fc.property(
      fc.oneof(
        nearly.map((value) => JSON.stringify(value)),
        fc.json(),
        fc.string(),
      ),
      (body) => {
        const decoded = decodeClickMessage(body);
        expect(decoded.kind === 'poison' || encodeClickMessage(decoded.clicks) === body).toBe(true);
      },
    ),
  );
});

test('an id is a UUID of version 7 that tells its time', () => {
  fc.assert(
    fc.property(time, (at) => {
      const id = clickId(at, randomUUID());
      expect(id).toMatch(/^[\da-f]{8}-[\da-f]{4}-7[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/);
      expect(clickTime(id)).toBe(at);
    }),
  );
});

test('ids are in the order of their times', () => {
  fc.assert(
    fc.property(time, time, (one, two) => {
      const [first, second] = [clickId(one, randomUUID()), clickId(two, randomUUID())];
      expect(one === two || first < second === one < two).toBe(true);
    }),
  );
});

test('every code that a link may have is a code here, and no other', () => {
  fc.assert(
    fc.property(fc.oneof(code, fc.string({ maxLength: 70 })), (text) => {
      const { kind } = decodeClickMessage(message({ clicks: [{ ...CLICK, code: text }] }));
      expect(kind === 'clicks').toBe(isCode(text));
    }),
  );
});

test('the fullest message of ten is within 256 KB, what ten of one request may be together', () => {
  const fullest = Array.from({ length: MAX_CLICKS_PER_MESSAGE }, () => ({
    id: ID,
    code: 'x'.repeat(64),
    count: 1_000_000_000,
  }));
  expect(10 * encodeClickMessage(fullest).length).toBeLessThan(256 * 1_024);
});

test.each([
  ['no JSON', '{'],
  ['another thing', '"clicks"'],
  ['a newer version', message({ version: CLICK_MESSAGE_VERSION + 1 })],
  ['no version', JSON.stringify({ clicks: [CLICK] })],
  ['a field more', message({ more: true })],
  ['no clicks', message({ clicks: [] })],
  [
    'too many clicks',
    message({ clicks: Array.from({ length: 151 }, (_, i) => ({ ...CLICK, id: clickId(i, ID) })) }),
  ],
  ['an id twice', message({ clicks: [CLICK, CLICK] })],
  ['an id without a time', message({ clicks: [{ ...CLICK, id: '00000000-0000-4000-8000-000000000000' }] })],
  ['a count of none', message({ clicks: [{ ...CLICK, count: 0 }] })],
  ['a count below none', message({ clicks: [{ ...CLICK, count: -1 }] })],
  ['half a click', message({ clicks: [{ ...CLICK, count: 0.5 }] })],
  ['a code that is none', message({ clicks: [{ ...CLICK, code: "x'; --" }] })],
  ['a click with a field more', message({ clicks: [{ ...CLICK, more: 1 }] })],
])('%s is poison', (_what, body) => {
  expect(decodeClickMessage(body).kind).toBe('poison');
});

test('a batch’s clicks each have an id of their own, of the batch’s time, and the same ones each time', () => {
  const counts = fc.uniqueArray(fc.tuple(code, fc.integer({ min: 1, max: 1_000_000_000 })), {
    minLength: 1,
    maxLength: MAX_CLICKS_PER_MESSAGE,
    selector: ([name]) => name,
  });
  fc.assert(
    fc.property(time, fc.uuid({ version: 4 }), counts, (at, random, entries) => {
      const batch = { id: clickId(at, random), counts: new Map(entries) };
      const sent = toMessageClicks(batch);
      // What is read strictly has ids of the right form, each once.
      expect(decodeClickMessage(encodeClickMessage(sent))).toEqual({ kind: 'clicks', clicks: sent });
      expect(sent.map(({ code: name, count }) => [name, count])).toEqual(entries);
      expect(new Set(sent.map(({ id }) => clickTime(id)))).toEqual(new Set([at]));
      expect(toMessageClicks(batch)).toEqual(sent);
    }),
  );
});

test('batches of the same moment share no click’s id', () => {
  const counts = new Map([
    ['one', 1],
    ['two', 2],
  ]);
  const batches = Array.from({ length: 1_000 }, () => ({
    id: clickId(1_700_000_000_000, randomUUID()),
    counts,
  }));
  expect(new Set(batches.flatMap(toMessageClicks).map(({ id }) => id)).size).toBe(2_000);
});
