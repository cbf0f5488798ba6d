import { createIsAdmin } from '../../app/services/admin';

test.each(['Bearer a-token', 'bearer a-token', 'BEARER   a-token'])('%j admits', (authorization) => {
  expect(createIsAdmin('a-token')(authorization)).toBe(true);
});

test.each([
  undefined,
  '',
  'a-token',
  'Bearer',
  'Bearer ',
  'Bearera-token',
  'Bearer another',
  'Bearer a-token more',
  'Bearer a-tokenmore',
  'Basic a-token',
  'x Bearer a-token',
  'Bearer a-token ',
])('%j does not', (authorization) => {
  expect(createIsAdmin('a-token')(authorization)).toBe(false);
});

test.each(['Bearer undefined', 'Bearer x', 'Bearer ', undefined])(
  'without a token nobody is admitted, also not with %j',
  (authorization) => {
    expect(createIsAdmin(undefined)(authorization)).toBe(false);
  },
);
