/** The browser of the tests of pages and reports. */
import {
  chromium,
  type Browser,
  type BrowserContext,
  type BrowserContextOptions,
  type Page,
} from 'playwright-core';
import { CHROMIUM, locate } from '../../local/machine';

export const PHONE: BrowserContextOptions = {
  viewport: { width: 360, height: 740 },
  hasTouch: true,
  isMobile: true,
};

export function launchBrowser(): Promise<Browser> {
  return chromium.launch({
    executablePath: locate(CHROMIUM),
    args: ['--headless', '--no-sandbox', '--disable-gpu', '--disable-background-networking'],
  });
}

export interface Contexts {
  /** A new page of a browser with such options that has stored nothing of the origin yet. */
  newPage(options?: BrowserContextOptions): Promise<Page>;
}

/**
 * One context for all pages with the same options: for a context of its own each page would start a process, which takes
 * longer than most tests of it.
 *
 * @param url of the origin whose pages these are
 */
export function reusedContexts(browser: Browser, url: string): Contexts {
  const contexts = new Map<string, Promise<BrowserContext>>();

  async function begin(options: BrowserContextOptions): Promise<BrowserContext> {
    const context = await browser.newContext(options);
    // It stays, and with it the process that the origin's pages run in.
    await (await context.newPage()).goto(new URL('/healthz', url).href);
    return context;
  }

  return {
    async newPage(options = {}) {
      const key = JSON.stringify(options);
      const begun = contexts.get(key) ?? begin(options);
      contexts.set(key, begun);
      const context = await begun;
      const page = await context.newPage();
      const session = await context.newCDPSession(page);
      await session.send('Storage.clearDataForOrigin', { origin: new URL(url).origin, storageTypes: 'all' });
      await session.detach();
      return page;
    },
  };
}

interface Drawn {
  /** What the plotting library has drawn. */
  readonly plots: number;
  readonly firstParagraph: string | null;
  /** Errors of its scripts, and whatever it has asked for: it is to need nothing else. */
  readonly wrong: readonly string[];
}

/** Opens a report, which is one HTML file, and says what became of it. */
export async function drawReport(html: string): Promise<Drawn> {
  const browser = await launchBrowser();
  try {
    const page = await browser.newPage();
    const wrong: string[] = [];
    page.on('pageerror', ({ message }) => wrong.push(message));
    page.on('request', (asked) => wrong.push(asked.url()));
    await page.setContent(html);
    const plots = await page.locator('section canvas').count();
    return { plots, firstParagraph: await page.locator('p').first().textContent(), wrong };
  } finally {
    await browser.close();
  }
}
