import type { Page } from 'playwright-core';
import { type OpenBrowser, openBrowser } from './open-browser.ts';

let shared: Promise<OpenBrowser> | undefined;

/**
 * The browser that all test files of this process share. It starts on first use and ends with the test run. Disposing of
 * the result closes the pages opened by it, with their cookies and storage.
 */
export async function sharedBrowser(): Promise<OpenBrowser> {
  shared ??= openBrowser();
  const browser = await shared;
  const pages: Page[] = [];
  return {
    async page(options) {
      const page = await browser.page(options);
      pages.push(page);
      return page;
    },
    [Symbol.asyncDispose]: async () => {
      for (const page of pages) await page.context().close();
    },
  };
}

/** Closes the browser that the test files of this process have shared. */
export async function closeSharedBrowser(): Promise<void> {
  const browser = await shared;
  shared = undefined;
  await browser?.[Symbol.asyncDispose]();
}
