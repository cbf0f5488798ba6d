/** The page in a real browser, against a real process of the application. */
import { mkdirSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { join } from 'node:path';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { ADMIN_TOKEN, startServer, temporaryFolder, type ServerProcess } from '../app/support';
import { launchBrowser, PHONE } from '../support/browser';

const SCREENSHOTS = join(__dirname, 'screenshots');

const folder = temporaryFolder();
let server: ServerProcess;
let browser: Browser;
let target: Server;
let targetUrl: string;

beforeAll(async () => {
  mkdirSync(SCREENSHOTS, { recursive: true });
  target = createServer((_request, response) => response.end('<title>Target</title>You have arrived.'));
  await new Promise<void>((resolve) => target.listen(0, '127.0.0.1', resolve));
  const address = target.address();
  targetUrl = `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}/a/long/path?of=things`;
  [server, browser] = await Promise.all([
    startServer({ DATA_DIR: folder.path, ADMIN_TOKEN, SERVER_ID: 'server-1', REGION: 'eu-central-1' }),
    launchBrowser(),
  ]);
});

afterAll(async () => {
  await browser.close();
  server.child.kill('SIGTERM');
  await server.ended;
  target.closeAllConnections();
  await new Promise((resolve) => target.close(resolve));
  folder.remove();
});

/** The server is reached as `localhost`: a link to 127.0.0.1 is then no link to itself. */
function pageUrl(): string {
  return server.url.replace('127.0.0.1', 'localhost');
}

async function openPage(options: BrowserContextOptions = {}): Promise<Page> {
  const context = await browser.newContext(options);
  const page = await context.newPage();
  await page.goto(pageUrl());
  return page;
}

async function shorten(page: Page, url: string): Promise<string> {
  await page.getByLabel('Long link').fill(url);
  await page.getByRole('button', { name: 'Shorten' }).click();
  const link = page.locator('#result-link');
  await link.waitFor();
  return (await link.getAttribute('href')) ?? '';
}

test('a link is shortened and followed, and its click arrives on the page', async () => {
  const page = await openPage({ colorScheme: 'light' });
  await shorten(page, targetUrl);

  const [followed] = await Promise.all([page.waitForEvent('popup'), page.locator('#result-link').click()]);
  await followed.waitForLoadState();
  expect(followed.url()).toBe(targetUrl);
  await followed.close();

  await page.getByText('1 click', { exact: true }).waitFor({ timeout: 10_000 });
  await page.screenshot({ path: join(SCREENSHOTS, 'desktop-light.png'), fullPage: true });
  await page.context().close();
});

test('the links of this browser are still listed after a reload', async () => {
  const page = await openPage();
  const link = await shorten(page, targetUrl);
  await page.reload();
  expect(await page.locator('#links a').getAttribute('href')).toBe(link);
  await page.context().close();
});

test('the path of the last request names the server, its region and the database', async () => {
  const page = await openPage();
  await shorten(page, targetUrl);
  expect(await page.locator('#path-request').innerText()).toMatch(
    /^POST \/api\/links · 201 · \d+ ms · you → eu-central-1 → server-1 → primary$/,
  );
  await page.context().close();
});

test('a URL that is not allowed is refused with a sentence at the field', async () => {
  const page = await openPage({ ...PHONE, colorScheme: 'light' });
  await page.getByLabel('Long link').fill('ftp://example.com/file');
  await page.getByRole('button', { name: 'Shorten' }).click();
  const error = page.getByRole('alert');
  await error.filter({ hasText: 'Only http and https' }).waitFor();
  expect(await page.getByLabel('Long link').getAttribute('aria-invalid')).toBe('true');
  await page.screenshot({ path: join(SCREENSHOTS, 'phone-error.png'), fullPage: true });
  await page.context().close();
});

test('a name can be chosen, and a taken one is refused with a sentence', async () => {
  const page = await openPage();
  await page.getByText('Choose a name or an expiry').click();
  await page.getByRole('textbox', { name: 'Name' }).fill('chosen-name');
  expect(await shorten(page, targetUrl)).toBe(`${pageUrl()}/chosen-name`);

  await page.getByRole('textbox', { name: 'Name' }).fill('chosen-name');
  await page.getByLabel('Long link').fill(targetUrl);
  await page.getByRole('button', { name: 'Shorten' }).click();
  await page.getByRole('alert').filter({ hasText: 'The alias "chosen-name" is taken.' }).waitFor();
  expect(await page.locator('#links li').count()).toBe(1);
  await page.context().close();
});

test('a link that was deleted is shown as ended', async () => {
  const page = await openPage();
  const link = await shorten(page, targetUrl);
  await fetch(`${server.url}/api/links/${new URL(link).pathname.slice(1)}`, {
    method: 'DELETE',
    headers: { authorization: `Bearer ${ADMIN_TOKEN}` },
  });
  await page.locator('#links .gone').getByText('ended').waitFor();
  expect(await page.locator('#links .gone').count()).toBe(1);
  await page.context().close();
});

test('the short link is copied', async () => {
  const page = await openPage({ permissions: ['clipboard-read', 'clipboard-write'] });
  const link = await shorten(page, targetUrl);
  await page.getByRole('button', { name: 'Copy', exact: true }).first().click();
  await page.getByText('Copied.').waitFor();
  const input = page.getByLabel('Long link');
  await input.focus();
  await page.keyboard.press('Control+V');
  expect(await input.inputValue()).toBe(link);
  await page.context().close();
});

test('the page is used with the keyboard alone', async () => {
  const page = await openPage();
  await page.keyboard.type(targetUrl);
  await page.keyboard.press('Enter');
  await page.locator('#result-link').waitFor();
  expect(await page.locator('#links li').count()).toBe(1);
  await page.context().close();
});

test('a phone shows the page without scrolling sideways, in the dark too', async () => {
  const page = await openPage({ ...PHONE, colorScheme: 'dark' });
  await page.getByText('Choose a name or an expiry').click();
  await shorten(page, `${targetUrl}&${'long'.repeat(200)}`);
  await page.locator('#picture .servers li').first().waitFor();
  const { content, window } = await page
    .evaluate('({ content: document.documentElement.scrollWidth, window: innerWidth })')
    .then(toWidths);
  await page.screenshot({ path: join(SCREENSHOTS, 'phone-dark.png'), fullPage: true });
  expect(content).toBeLessThanOrEqual(window);
  await page.context().close();
});

test.each(['light', 'dark'] as const)(
  'every text has a contrast of at least 4.5 in %s',
  async (colorScheme) => {
    const page = await openPage({ colorScheme });
    await page.getByText('Choose a name or an expiry').click();
    await shorten(page, targetUrl);
    await page.getByLabel('Long link').fill('ftp://example.com/');
    await page.getByRole('button', { name: 'Shorten' }).click();
    await page.getByRole('alert').filter({ hasText: 'http' }).waitFor();
    await page.screenshot({ path: join(SCREENSHOTS, `contrast-${colorScheme}.png`), fullPage: true });
    expect(await page.evaluate(LOW_CONTRASTS)).toEqual([]);
    await page.context().close();
  },
);

test('every control has a name, and every name is one', async () => {
  const page = await openPage();
  await page.getByText('Choose a name or an expiry').click();
  await shorten(page, targetUrl);
  const nameless = await page.evaluate(
    `[...document.querySelectorAll('button, a, input')]
       .filter((e) => !(e.getAttribute('aria-label') || e.textContent.trim() || e.labels?.[0]?.textContent.trim()))
       .map((e) => e.outerHTML)`,
  );
  expect(nameless).toEqual([]);
  await page.context().close();
});

test('nothing on the page breaks its own security policy or fails to load', async () => {
  const context = await browser.newContext();
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()));
  page.on('pageerror', (error) => complaints.push(error.message));
  await page.goto(pageUrl());
  await shorten(page, targetUrl);
  expect(complaints).toEqual([]);
  await context.close();
});

function toWidths(value: unknown): { readonly content: number; readonly window: number } {
  const isWidths = (v: unknown): v is { content: number; window: number } =>
    typeof v === 'object' && v !== null && 'content' in v && 'window' in v;
  if (!isWidths(value)) {
    throw new Error('The page told no widths.');
  }
  return value;
}

/** Runs in the page: texts whose WCAG contrast with what is painted behind them is below 4.5. */
const LOW_CONTRASTS = `(() => {
  const channels = (color) => color.match(/[\\d.]+/g).map(Number);
  const luminance = ([r, g, b]) => {
    const [x, y, z] = [r, g, b].map((c) => (c / 255 <= 0.03928 ? c / 255 / 12.92 : ((c / 255 + 0.055) / 1.055) ** 2.4));
    return 0.2126 * x + 0.7152 * y + 0.0722 * z;
  };
  const behind = (element) => {
    for (let e = element; e; e = e.parentElement) {
      const color = channels(getComputedStyle(e).backgroundColor);
      if (color.length === 3 || color[3] === 1) return color;
    }
    return [255, 255, 255];
  };
  return [...document.querySelectorAll('body *')]
    .filter((e) => e.checkVisibility() && [...e.childNodes].some((n) => n.nodeType === 3 && n.data.trim()))
    .map((e) => {
      const [a, b] = [luminance(channels(getComputedStyle(e).color)), luminance(behind(e))].sort((x, y) => y - x);
      return { text: e.textContent.trim().slice(0, 40), contrast: (a + 0.05) / (b + 0.05) };
    })
    .filter(({ contrast }) => contrast < 4.5);
})()`;
