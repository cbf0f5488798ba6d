/** The browser of the tests of pages and reports. */
import { chromium, type Browser, type BrowserContextOptions } from 'playwright-core';
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
