import { until } from '../../local/support';

it('passes', () => {
  expect(1 + 1).toBe(2);
});

it('takes a moment', async () => {
  const beginning = Date.now();
  await until(() => Date.now() > beginning + 100);
  expect(Date.now()).toBeGreaterThan(beginning);
});
