/**
 * RFC 3339, with the date and the time as they are on a calendar and a clock: `2030-01-31T12:00:00Z`. No leap second, which
 * JavaScript does not know, and a whole offset, which its parser wants.
 */
const FORM =
  /^(?<date>\d{4}-\d\d-(?<day>\d\d))T([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d{1,9})?(Z|[+-]([01]\d|2[0-3]):[0-5]\d)$/i;

/** Answers write the year in four digits, whatever the offset made of it. */
const LAST_YEAR = 9_999;

/** The moment that an expiry names; undefined where it is not in the form that people are told. */
export function readExpiry(text: string): Date | undefined {
  const { date, day } = FORM.exec(text)?.groups ?? {};
  // The last days of a month that has fewer become the first ones of the next.
  const isOnCalendar = new Date(String(date)).getUTCDate() === Number(day);
  // Stryker disable next-line MethodExpression: V8 reads both cases; ECMAScript promises one.
  const moment = new Date(text.toUpperCase());
  const year = moment.getUTCFullYear();
  return isOnCalendar && year >= 0 && year <= LAST_YEAR ? moment : undefined;
}
