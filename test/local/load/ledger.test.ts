import fc from 'fast-check';
import { keepLedger, settle, type Row } from '../../../local/load/ledger';
import type { Ending } from '../../../local/promises';
import type { Request } from '../../../local/load/requests';

function redirect(code: string, ending: Ending): Request {
  return { kind: 'redirect', due: 0, sent: 0, ended: 1, ending, code };
}

function create(code: string, url: string, ending: Ending = 'answered'): Request {
  return { kind: 'create', due: 0, sent: 0, ended: 1, ending, code, url };
}

const GIVEN = new Map([['given', 'https://example.com/given']]);

function row(clicks: number, url = 'https://example.com/given'): Row {
  return { url, clicks };
}

describe('the ledger', () => {
  test('misses an acknowledged link that the database has not', () => {
    const ledger = keepLedger(new Map(), [create('made', 'https://example.com/1')]);
    expect(settle(ledger, new Map())).toMatchObject({ lostWrites: 1 });
  });

  test('misses an acknowledged link that leads elsewhere', () => {
    const ledger = keepLedger(new Map(), [create('made', 'https://example.com/1')]);
    expect(settle(ledger, new Map([['made', row(0, 'https://example.com/2')]]))).toMatchObject({
      lostWrites: 1,
    });
  });

  test('does not ask for a link that was refused', () => {
    const ledger = keepLedger(new Map(), [create('made', 'https://example.com/1', 'refused')]);
    expect(settle(ledger, new Map())).toMatchObject({ lostWrites: 0 });
  });

  test('finds nothing wrong where each answered click is counted, and of open ones any number', () => {
    fc.assert(
      fc.property(
        fc.nat(20),
        fc.nat(20),
        fc.nat(20),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (answered, open, refused, share) => {
          const requests = [
            ...Array.from({ length: answered }, () => redirect('given', 'answered')),
            ...Array.from({ length: open }, () => redirect('given', 'failed')),
            ...Array.from({ length: refused }, () => redirect('given', 'refused')),
          ];
          const counted = answered + Math.round(open * share);
          const verdict = settle(keepLedger(GIVEN, requests), new Map([['given', row(counted)]]));
          expect(verdict).toEqual({ lostWrites: 0, lostClicks: 0, doubledClicks: 0, ledOn: [] });
        },
      ),
    );
  });

  test('says how many clicks are missing or too many, and one link’s do not make up for another’s', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 20 }), fc.integer({ min: 1, max: 20 }), (missing, added) => {
        const given = new Map([...GIVEN, ['other', 'https://example.com/other']]);
        const requests = [
          ...Array.from({ length: missing }, () => redirect('given', 'answered')),
          redirect('other', 'failed'),
        ];
        const rows = new Map([
          ['given', row(0)],
          ['other', row(added + 1, 'https://example.com/other')],
        ]);
        expect(settle(keepLedger(given, requests), rows)).toEqual({
          lostWrites: 0,
          lostClicks: missing,
          doubledClicks: added,
          ledOn: [],
        });
      }),
    );
  });
});

describe('a deletion', () => {
  const remove = (ending: Ending, ended = 1_000): Request => ({
    kind: 'delete',
    due: 0,
    sent: 0,
    ended,
    ending,
    code: 'given',
  });
  const comeBack = (sent: number, ledOn: boolean): Request => ({
    kind: 'return',
    due: sent,
    sent,
    ended: sent + 5,
    ending: 'answered',
    code: 'given',
    ledOn,
  });
  const ledOn = (...requests: Request[]) =>
    settle(keepLedger(GIVEN, requests), new Map()).ledOn.map(({ seconds }) => seconds);

  test('that was acknowledged must be there', () => {
    const ledger = keepLedger(GIVEN, [remove('answered')]);
    expect(settle(ledger, new Map()).lostWrites).toBe(0);
    expect(settle(ledger, new Map([['given', row(0)]])).lostWrites).toBe(1);
  });

  test.each<Ending>(['refused', 'failed'])('that was %s may be there or not', (ending) => {
    const ledger = keepLedger(GIVEN, [remove(ending)]);
    expect(settle(ledger, new Map()).lostWrites).toBe(0);
    expect(settle(ledger, new Map([['given', row(0)]])).lostWrites).toBe(0);
  });

  test('that was acknowledged counts from then', () => {
    expect(ledOn(remove('answered'), comeBack(900, true), comeBack(1_500, true))).toEqual([0.5]);
  });

  test('that was not acknowledged counts from when a user was told of it', () => {
    expect(ledOn(remove('refused'), comeBack(3_000, true))).toEqual([]);
    expect(ledOn(remove('refused'), comeBack(3_000, false), comeBack(5_005, true))).toEqual([2]);
  });
});
