import { readExpiry } from '../../app/services/expiry';

test.each([
  ['2030-01-31T12:00:00Z', '2030-01-31T12:00:00.000Z'],
  ['2030-01-31t12:00:00z', '2030-01-31T12:00:00.000Z'],
  ['2030-01-31T12:00:00.5Z', '2030-01-31T12:00:00.500Z'],
  ['2030-01-31T12:00:00.123456789Z', '2030-01-31T12:00:00.123Z'],
  ['2030-01-31T23:59:59+23:59', '2030-01-31T00:00:59.000Z'],
  ['2030-01-31T19:00:00-05:30', '2030-02-01T00:30:00.000Z'],
  ['2028-02-29T00:00:00Z', '2028-02-29T00:00:00.000Z'],
  ['2000-02-29T00:00:00Z', '2000-02-29T00:00:00.000Z'],
  ['2030-04-30T09:09:09Z', '2030-04-30T09:09:09.000Z'],
  ['0000-01-01T00:00:00Z', '0000-01-01T00:00:00.000Z'],
  ['9999-12-31T23:59:59Z', '9999-12-31T23:59:59.000Z'],
])('%s is the moment %s', (text, moment) => {
  expect(readExpiry(text)?.toISOString()).toBe(moment);
});

test.each([
  ['a day that the month has not', '2030-02-29T00:00:00Z'],
  ['a day that the month of a century has not', '2100-02-29T00:00:00Z'],
  ['day 31 of a month of 30', '2030-04-31T00:00:00Z'],
  ['day 0', '2030-01-00T00:00:00Z'],
  ['day 32', '2030-01-32T00:00:00Z'],
  ['month 0', '2030-00-01T00:00:00Z'],
  ['month 13', '2030-13-01T00:00:00Z'],
  ['hour 24', '2030-01-31T24:00:00Z'],
  ['minute 60', '2030-01-31T12:60:00Z'],
  ['a leap second', '2030-06-30T23:59:60Z'],
  ['an offset of a day', '2030-01-31T12:00:00+24:00'],
  ['an offset of 60 minutes', '2030-01-31T12:00:00+01:60'],
  ['an offset of whole hours alone', '2030-01-31T12:00:00+01'],
  ['no offset', '2030-01-31T12:00:00'],
  ['a date alone', '2030-01-31'],
  ['a blank between date and time', '2030-01-31 12:00:00Z'],
  ['no seconds', '2030-01-31T12:00Z'],
  ['a point and no digits', '2030-01-31T12:00:00.Z'],
  ['ten digits of a second', '2030-01-31T12:00:00.1234567890Z'],
  ['a year of five digits', '12030-01-31T12:00:00Z'],
  ['a year of three digits', '203-01-31T12:00:00Z'],
  ['a year of six digits, as JavaScript writes it', '+002030-01-31T12:00:00Z'],
  ['something behind it that JavaScript reads over', '2030-01-31T12:00:00Z (noon)'],
  ['something before it', ' 2030-01-31T12:00:00Z'],
  ['something behind it', '2030-01-31T12:00:00Z '],
  ['a year that the offset makes 10000', '9999-12-31T23:59:59-01:00'],
  ['a year that the offset makes -1', '0000-01-01T00:00:00+01:00'],
  ['nothing', ''],
])('%s is none: %j', (_what, text) => {
  expect(readExpiry(text)).toBeUndefined();
});
