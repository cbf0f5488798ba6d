/** The page in a real browser, against a real process of the application. */
import { mkdirSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { join } from 'node:path';
import type { Browser, BrowserContextOptions, Page, Route } from 'playwright-core';
import { ADMIN_TOKEN, embeddedFolder, startServer, type ServerProcess } from '../app/support';
import { launchBrowser, PHONE, reusedContexts, type Contexts } from '../support/browser';

const SCREENSHOTS = join(__dirname, 'screenshots');

const folder = embeddedFolder();
let server: ServerProcess;
let browser: Browser;
let contexts: Contexts;
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
  contexts = reusedContexts(browser, pageUrl());
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

/** @param first what the browser runs before the page's own scripts */
async function openPage(options: BrowserContextOptions = {}, first = ''): Promise<Page> {
  const page = await contexts.newPage(options);
  await page.addInitScript(first);
  await page.goto(pageUrl());
  return page;
}

/** Presses the button for a link, and says what the page has to say against it. */
async function complaintAbout(page: Page, url: string): Promise<string> {
  await page.getByLabel('Long link').fill(url);
  await page.getByRole('button', { name: 'Shorten' }).click();
  const error = page.getByRole('alert').filter({ hasText: /./ });
  await error.waitFor();
  return error.innerText();
}

/** Notes what is sent to make links, and answers it as told. */
async function onCreate(
  page: Page,
  answer: (route: Route, turn: number) => Promise<void>,
): Promise<readonly { readonly url: unknown; readonly key: string | undefined }[]> {
  const sent: { url: unknown; key: string | undefined }[] = [];
  await page.route('**/api/links', async (route) => {
    const body: unknown = route.request().postDataJSON();
    const url = new Map<string, unknown>(Object.entries(body ?? {})).get('url');
    sent.push({ url, key: route.request().headers()['idempotency-key'] });
    await answer(route, sent.length);
  });
  return sent;
}

/** The links that the page keeps, under its own name. */
async function stored(page: Page): Promise<readonly Map<string, unknown>[]> {
  const text = await page.evaluate(`localStorage.getItem('zero-to-million.links')`);
  const links: unknown = JSON.parse(typeof text === 'string' ? text : '[]');
  return Array.isArray(links) ? links.map((link: unknown) => new Map(Object.entries(link ?? {}))) : [];
}

async function shorten(page: Page, url: string): Promise<string> {
  await page.getByLabel('Long link').fill(url);
  await page.getByRole('button', { name: 'Shorten' }).click();
  const link = page.locator('#result-link');
  await link.waitFor();
  return (await link.getAttribute('href')) ?? '';
}

test('a link is shortened and followed, and its click arrives on the page', async () => {
  const page = await openPage();
  await shorten(page, targetUrl);

  const [followed] = await Promise.all([page.waitForEvent('popup'), page.locator('#result-link').click()]);
  await followed.waitForLoadState();
  expect(followed.url()).toBe(targetUrl);
  await followed.close();

  await page.getByText('1 click', { exact: true }).waitFor({ timeout: 10_000 });
  await page.screenshot({ path: join(SCREENSHOTS, 'desktop-light.png'), fullPage: true });
  await page.close();
});

test('the links of this browser are still listed after a reload', async () => {
  const page = await openPage();
  const link = await shorten(page, targetUrl);
  await page.reload();
  expect(await page.locator('#links a').getAttribute('href')).toBe(link);
  await page.close();
});

test('the path of the last request names the server, its region and the database', async () => {
  const page = await openPage();
  await shorten(page, targetUrl);
  expect(await page.locator('#path-request').innerText()).toMatch(
    /^POST \/api\/links · 201 · \d+ ms · you → eu-central-1 → server-1 → primary$/,
  );
  await page.close();
});

test('a URL that is not allowed is refused with a sentence at the field', async () => {
  const page = await openPage(PHONE);
  await page.getByLabel('Long link').fill('ftp://example.com/file');
  await page.getByRole('button', { name: 'Shorten' }).click();
  const error = page.getByRole('alert');
  await error.filter({ hasText: 'Only http and https' }).waitFor();
  expect(await page.getByLabel('Long link').getAttribute('aria-invalid')).toBe('true');
  await page.screenshot({ path: join(SCREENSHOTS, 'phone-error.png'), fullPage: true });
  await page.close();
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
  await page.close();
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
  await page.close();
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
  await page.close();
});

test('the page is used with the keyboard alone', async () => {
  const page = await openPage();
  await page.keyboard.type(targetUrl);
  await page.keyboard.press('Enter');
  await page.locator('#result-link').waitFor();
  expect(await page.locator('#links li').count()).toBe(1);
  await page.close();
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
  await page.close();
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
    await page.close();
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
  await page.close();
});

test('nothing on the page breaks its own security policy or fails to load', async () => {
  const page = await contexts.newPage();
  const complaints: string[] = [];
  page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()));
  page.on('pageerror', (error) => complaints.push(error.message));
  await page.goto(pageUrl());
  await shorten(page, targetUrl);
  expect(complaints).toEqual([]);
  await page.close();
});

describe('what is filled in and cannot be meant', () => {
  test.each([
    [
      'half an expiry',
      async (page: Page) => {
        await page.getByLabel('Works until').focus();
        await page.keyboard.type('0102');
      },
      'The expiry is not complete: fill in day and time, or clear it.',
    ],
    [
      'a year of five digits',
      (page: Page) => page.evaluate(`document.getElementById('expires').value = '12026-01-02T03:04'`),
      'The expiry is too far away: a year has four digits.',
    ],
  ] as const)('%s is an error at its field, and nothing is sent', async (_what, fill, sentence) => {
    const page = await openPage();
    const sent = await onCreate(page, (route) => route.continue());
    await page.getByText('Choose a name or an expiry').click();
    await fill(page);
    await page.getByText('Choose a name or an expiry').click();
    expect(await complaintAbout(page, targetUrl)).toBe(sentence);
    const field = page.getByLabel('Works until');
    expect(await field.isVisible()).toBe(true);
    expect(await field.getAttribute('aria-invalid')).toBe('true');
    expect(sent).toEqual([]);
    await page.screenshot({ path: join(SCREENSHOTS, 'expiry-error.png'), fullPage: true });
    await page.close();
  });

  test('a word is no link, and nothing is sent', async () => {
    const page = await openPage();
    const sent = await onCreate(page, (route) => route.continue());
    const sentences = [];
    for (const word of ['hello', 'hello/with.dots', 'hello:8080', 'hello.', '?a.b']) {
      sentences.push(await complaintAbout(page, word));
    }
    expect(new Set(sentences)).toEqual(new Set(['This is no link: it has no host, such as example.com.']));
    expect(await page.getByLabel('Long link').getAttribute('aria-invalid')).toBe('true');
    expect(sent).toEqual([]);
    await page.close();
  });

  test('a host without a scheme is completed, whichever way it is written', async () => {
    const page = await openPage();
    const sent = await onCreate(page, (route) => route.fulfill({ status: 422 }));
    const hosts = [
      'example.com',
      'bücher.example/a?b',
      '192.0.2.1:8080/x',
      '[2001:db8::1]/y',
      'localhost:3000',
    ];
    for (const host of hosts) {
      await complaintAbout(page, host);
    }
    await complaintAbout(page, 'https://intranet/wiki');
    expect(sent.map(({ url }) => url)).toEqual([
      ...hosts.map((host) => `https://${host}`),
      'https://intranet/wiki',
    ]);
    await page.close();
  });
});

describe('an answer that is none of the server’s own', () => {
  test.each([
    ['a page', { status: 403, contentType: 'text/html', body: '<h1>Forbidden</h1>' }],
    ['no body', { status: 403 }],
    [
      'JSON of another kind',
      { status: 403, contentType: 'application/json', body: '{"message":"Forbidden"}' },
    ],
    ['JSON that is no object', { status: 403, contentType: 'application/json', body: 'null' }],
  ])('such as %s, is told by its status', async (_what, answer) => {
    const page = await openPage();
    await onCreate(page, (route) => route.fulfill(answer));
    expect(await complaintAbout(page, targetUrl)).toBe('The server answered with an error (403).');
    await page.close();
  });

  test('where it should tell of a link that was made, can be asked for again, and the link is made once', async () => {
    const page = await openPage();
    const sent = await onCreate(page, (route, turn) =>
      turn === 1 ? route.fulfill({ status: 201, body: '<p>Welcome to this network.' }) : route.continue(),
    );
    expect(await complaintAbout(page, targetUrl)).toMatch(
      /^The server’s answer cannot be read\. Press Shorten/,
    );
    await shorten(page, targetUrl);
    expect(sent.map(({ key }) => key)).toStrictEqual([sent[0]?.key, sent[0]?.key]);
    await page.close();
  });
});

test('a server that does not answer is given up with a sentence, and the next try is the same request', async () => {
  // Ten seconds, shortened.
  const page = await openPage(
    { ...PHONE, colorScheme: 'dark' },
    `const timeout = AbortSignal.timeout; AbortSignal.timeout = (ms) => timeout.call(AbortSignal, ms / 10);`,
  );
  const sent = await onCreate(page, (route, turn) => (turn === 1 ? Promise.resolve() : route.continue()));
  expect(await complaintAbout(page, targetUrl)).toBe(
    'The server has not answered for 10 seconds. Press Shorten again: the link is made once, however often you try.',
  );
  await page.screenshot({ path: join(SCREENSHOTS, 'phone-not-answered.png'), fullPage: true });
  await shorten(page, targetUrl);
  expect(await page.getByRole('alert').innerText()).toBe('');
  await page.evaluate(`document.getElementById('result').hidden = true`);
  await shorten(page, targetUrl);
  const keys = sent.map(({ key }) => key);
  expect(keys[1]).toBe(keys[0]);
  expect(keys[2]).not.toBe(keys[0]);
  await page.close();
});

describe('what this browser has stored', () => {
  const link = (code: string, more: object = {}) => ({
    ...{ code, shortUrl: `https://short.example/${code}`, url: 'https://example.com/', expiresAt: null },
    ...more,
  });
  const storing = (name: string, value: unknown) =>
    `localStorage.getItem('seeded') ?? (localStorage.setItem(${JSON.stringify(name)}, ${JSON.stringify(
      JSON.stringify(value),
    )}), localStorage.setItem('seeded', 'yes'));`;

  test('under an earlier version’s name is carried over, without what is no link of this page', async () => {
    const foreign = [
      ...[null, 7, 'text', {}, { code: 'abc' }, link('a b'), link('no-url', { url: undefined })],
      ...[link('script', { shortUrl: 'javascript:alert(1)' }), link('expiry', { expiresAt: 12 })],
    ];
    const page = await openPage({}, storing('links', [...foreign, link('carried-over')]));
    expect(await page.locator('#links .names a').allInnerTexts()).toEqual(['short.example/carried-over']);
    const made = await shorten(page, targetUrl);
    expect((await stored(page)).map((each) => each.get('shortUrl'))).toEqual([
      made,
      'https://short.example/carried-over',
    ]);
    expect(await page.evaluate(`JSON.parse(localStorage.getItem('links')).length`)).toBe(foreign.length + 1);
    await page.close();
  });

  test.each(['{"links":[]}', 'no JSON', '[[]]'])('and reads %s, is no list of links', async (text) => {
    const page = await openPage({}, `localStorage.setItem('zero-to-million.links', ${JSON.stringify(text)})`);
    await page.locator('#empty').waitFor();
    expect(await page.locator('#links li').count()).toBe(0);
    await page.close();
  });

  test('and the server no longer knows, uses up no allowance, and is remembered as unknown', async () => {
    const codes = Array.from({ length: 50 }, (_, index) => `forgotten-${index}`);
    const page = await openPage(
      {},
      storing(
        'zero-to-million.links',
        codes.map((code) => link(code)),
      ),
    );
    const statuses: number[] = [];
    page.on('response', (response) => {
      statuses.push(...(response.url().includes('/api/links/') ? [response.status()] : []));
    });
    const showsUnknown = (count: number) => page.locator(`#links li.gone >> nth=${count - 1}`).waitFor();
    for (const load of [1, 2, 3]) {
      await showsUnknown(10 * load);
      expect(await page.locator('#links .gone .clicks').allInnerTexts()).toEqual(
        Array.from({ length: 10 * load }, () => 'unknown'),
      );
      await page.reload();
    }
    await showsUnknown(40);
    await shorten(page, targetUrl);
    await page.getByText('0 clicks', { exact: true }).waitFor();
    await page.screenshot({ path: join(SCREENSHOTS, 'unknown-links.png') });
    // The browser tells nothing of an answer that comes as the page is left.
    expect(statuses.filter((status) => status === 404).length).toBeLessThanOrEqual(40);
    expect(statuses).not.toContain(429);
    expect((await stored(page)).filter((each) => each.has('unknownAt'))).toHaveLength(40);
    await page.close();
  });

  test('as unknown is asked for again after a day', async () => {
    const [now, longAgo] = [Date.now(), Date.now() - 25 * 3_600_000];
    const page = await openPage(
      {},
      storing('zero-to-million.links', [
        link('lately', { unknownAt: now }),
        link('once', { unknownAt: longAgo }),
      ]),
    );
    await page.locator('#links li.gone >> nth=1').waitFor();
    const unknownAt = (await stored(page)).map((each) => Number(each.get('unknownAt')));
    expect(unknownAt).toEqual([now, expect.any(Number)]);
    expect(unknownAt[1]).toBeGreaterThanOrEqual(now);
    await page.close();
  });

  test.each([
    ['full', `Storage.prototype.setItem = () => { throw new DOMException('full', 'QuotaExceededError'); };`],
    [
      'closed',
      `Object.defineProperty(globalThis, 'localStorage', { get() { throw new DOMException('', 'SecurityError'); } });`,
    ],
  ])('nothing, for it is %s: the page says so for as long, and lists what was made', async (what, first) => {
    const page = await openPage(PHONE, first);
    const made = [await shorten(page, targetUrl)];
    await page.getByText('Your short link is ready.').waitFor();
    expect(await page.locator('#not-kept').innerText()).toMatch(
      /^This browser does not let the page store anything/,
    );
    await page.getByLabel('Long link').fill(`${targetUrl}&second`);
    await page.getByRole('button', { name: 'Shorten' }).click();
    await page.locator('#links li >> nth=1').waitFor();
    made.unshift((await page.locator('#result-link').getAttribute('href')) ?? '');
    await page.screenshot({ path: join(SCREENSHOTS, `phone-storage-${what}.png`), fullPage: true });
    const listed = await page.evaluate(
      `[...document.querySelectorAll('#links .names a')].map(({ href }) => href)`,
    );
    expect(listed).toEqual(made);
    await page
      .getByRole('button', { name: /^Remove/ })
      .first()
      .click();
    expect(await page.locator('#links li').count()).toBe(1);
    await page.close();
  });
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
