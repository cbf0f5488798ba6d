/**
 * RFC 3339, with the date and the time as they are on a calendar and a clock: `2030-01-31T12:00:00Z`. No leap second, which
 * JavaScript does not know, and a whole offset, which its parser wants.
 */
const FORM =
  /^(?<year>\d{4})-(?<month>0[1-9]|1[0-2])-(?<day>\d\d)T([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d{1,9})?(Z|[+-]([01]\d|2[0-3]):[0-5]\d)$/i;

/** Answers write the year in four digits, whatever the offset made of it. */
const LAST_YEAR = 9_999;

/** The moment that an expiry names; undefined where it is not in the form that people are told. */
export function readExpiry(text: string): Date | undefined {
  const { year, month, day } = FORM.exec(text)?.groups ?? {};
  const isOnCalendar = Number(day) >= 1 && Number(day) <= daysIn(Number(year), Number(month));
  const date = new Date(text.toUpperCase());
  return isOnCalendar && date.getUTCFullYear() >= 0 && date.getUTCFullYear() <= LAST_YEAR ? date : undefined;
}

/** @param month from 1 */
function daysIn(year: number, month: number): number {
  // Day 0 is the last one of the month before; years below 100 would be taken for those of the last century.
  return new Date(Date.UTC(2_000 + (year % 400), month, 0)).getUTCDate();
}
