/** docs/ladder.html in a real browser, as a file: the same figures as `npm run plan`. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { named, plan } from '../../lib/capacity/plan';
import { dollars, reportOf } from '../../lib/capacity/report';
import { launchBrowser, PHONE } from '../support/browser';
import { ROOT } from '../support/synthesize';

const SCREENSHOTS = join(__dirname, 'screenshots');
const FILE = pathToFileURL(join(ROOT, 'docs/ladder.html')).href;

let browser: Browser;
let page: Page;
let wrong: string[];
beforeAll(async () => {
  mkdirSync(SCREENSHOTS, { recursive: true });
  browser = await launchBrowser();
  ({ page, wrong } = await open({ viewport: { width: 1280, height: 900 } }));
});
afterAll(() => browser.close());

/** Errors of the page's scripts, and whatever it has asked for beside itself. */
async function open(options: BrowserContextOptions = {}): Promise<{ page: Page; wrong: string[] }> {
  const page = await browser.newPage(options);
  const wrong: string[] = [];
  page.on('pageerror', ({ message }) => wrong.push(message));
  page.on('request', (asked) => {
    if (asked.url() !== FILE) wrong.push(asked.url());
  });
  await page.goto(FILE);
  return { page, wrong };
}

/** The same plan, made here. */
function planned(users: number, availability?: number) {
  return plan(
    { users, availability },
    {
      region: 'us-east-1',
      furtherRegions: ['eu-west-1'],
      hasDomain: true,
      chosen: {},
      stage: undefined,
      without: [],
      needs: [],
    },
  );
}

const reported = (made: ReturnType<typeof planned>) => reportOf(made, new Date().toISOString().slice(0, 10));

/** Moves the slider to so many users of a day, a power of ten. */
async function move(page: Page, users: number): Promise<void> {
  await page.getByLabel('Users a day').fill(String(Math.log10(users) * 100));
  await page.locator('#count', { hasText: users.toLocaleString('en-US') }).waitFor();
}

test.each([1, 100_000, 10_000_000])('for %i users it says what npm run plan says', async (users) => {
  await move(page, users);
  const { headline, command, cost, utilisation, says } = reported(planned(users));
  await page.getByText(headline, { exact: true }).waitFor();
  expect(await page.locator('#next').textContent()).toBe(says[0]?.[1]);
  expect(await page.locator('#cost tbody tr').allInnerTexts()).toEqual(
    cost.rows.map((cells) => cells.join('\t')),
  );
  expect(await page.locator('#utilisation tbody th').allInnerTexts()).toEqual(
    utilisation.rows.map(([what]) => what),
  );
  expect(await page.locator('#command').textContent()).toBe(command);
  expect(wrong).toEqual([]);
});

test('what must be answered moves to another rung, its picture and its cost', async () => {
  await move(page, 100_000);
  await page.screenshot({ path: join(SCREENSHOTS, 'ladder-light.png'), fullPage: true });
  const picture = page.locator('[data-rung]:visible');
  const before = await picture.getAttribute('data-rung');
  expect(before).toBe(named(planned(100_000).answer.place));
  const { answer } = planned(100_000, 0.9995);
  await page.getByLabel('Requests that must be answered').selectOption('0.9995');
  await page.locator(`[data-rung="${named(answer.place)}"]`).waitFor();
  expect(named(answer.place)).not.toBe(before);
  expect(await picture.count()).toBe(1);
  expect(answer.bill.known && dollars(answer.bill.total.expected)).toBe(
    await page.locator('#month').textContent(),
  );
  await page.screenshot({ path: join(SCREENSHOTS, 'ladder-higher.png'), fullPage: true });
});

test('keys alone move it, and a screen reader is told the users and the answer', async () => {
  await page.reload();
  await page.keyboard.press('Tab');
  const slider = page.getByRole('slider', { name: 'Users a day' });
  expect(await slider.evaluate('document.activeElement.id')).toBe('users');
  expect(await slider.getAttribute('aria-valuetext')).toBe('100,000 users a day');
  await page.keyboard.press('End');
  await page.locator('#count', { hasText: '10,000,000' }).waitFor();
  expect(await slider.getAttribute('aria-valuetext')).toBe('10,000,000 users a day');
  expect(await page.locator('[aria-live="polite"]').innerText()).toMatch(
    /^10,000,000 users a day: take rung/,
  );
  await page.keyboard.press('ArrowLeft');
  await page.locator('#count', { hasText: '8,900,000' }).waitFor();
});

test('on a phone in the dark nothing is wider than the screen', async () => {
  const { page: phone, wrong: mistakes } = await open({ ...PHONE, colorScheme: 'dark' });
  await phone.getByLabel('Requests that must be answered').selectOption('0.9999');
  await phone.locator('[data-rung^="4"]:visible').waitFor();
  await phone.screenshot({ path: join(SCREENSHOTS, 'ladder-phone-dark.png'), fullPage: true });
  expect(await phone.evaluate('document.documentElement.scrollWidth')).toBe(360);
  expect(await phone.evaluate('getComputedStyle(document.body).backgroundColor')).toBe('rgb(13, 17, 23)');
  expect(mistakes).toEqual([]);
  await phone.close();
});
