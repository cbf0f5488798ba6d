/** The browser of the page's tests. */
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
