import { mkdtemp, rm, statfs, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type BrowserContextOptions, chromium, type LaunchOptions, type Page } from 'playwright-core';
import { runFolder } from '../postgres/run-folder.ts';
import { packedChromium } from './chromium.ts';

/** A real browser. Disposing of it closes it. */
export interface OpenBrowser extends AsyncDisposable {
  /** Opens an empty page with its own cookies and storage. */
  page(options?: BrowserContextOptions): Promise<Page>;
}

const quiet = [
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--no-first-run',
  '--disable-quic',
];

/** Bytes of shared memory that are enough for any page of the tests. */
const enoughSharedMemory = 2 ** 30;

/**
 * Opens a headless Chromium. On Linux x64 it comes from an npm package and requires no installation; elsewhere it is
 * the Chrome of the machine.
 */
export async function openBrowser(): Promise<OpenBrowser> {
  // A worker process of mocha ends without closing its browser.
  const home = await mkdtemp(join(runFolder(), 'browser-'));
  const browser = await chromium.launch({ headless: true, ...(await launchOptions(home)) });
  return {
    page: (options) => browser.newPage({ locale: 'en-US', ...options }),
    [Symbol.asyncDispose]: async () => {
      await browser.close();
      await rm(home, { recursive: true, force: true });
    },
  };
}

async function launchOptions(home: string): Promise<LaunchOptions> {
  if (process.platform !== 'linux' || process.arch !== 'x64') return { channel: 'chrome', args: quiet };
  const { executable, libraries, fonts } = await packedChromium();
  // The font configuration of the package refers to folders that exist only in a certain cloud.
  const fontConfiguration = join(home, 'fonts.conf');
  await writeFile(fontConfiguration, fontsXml([fonts, '/usr/share/fonts'], join(home, 'font-cache')));
  return {
    executablePath: executable,
    // The sandbox works neither for root nor for a container's user without privileges. The pages are our own.
    args: [...quiet, '--no-sandbox', ...(await sharedMemory())],
    env: { ...definedEnvironment(), HOME: home, LD_LIBRARY_PATH: libraries, FONTCONFIG_FILE: fontConfiguration },
  };
}

/**
 * A container may have little shared memory. The alternative, files, writes hundreds of megabytes to the disk for each
 * browser.
 */
async function sharedMemory(): Promise<string[]> {
  const { bavail, bsize } = await statfs('/dev/shm').catch(() => ({ bavail: 0, bsize: 0 }));
  return bavail * bsize < enoughSharedMemory ? ['--disable-dev-shm-usage'] : [];
}

function fontsXml(folders: readonly string[], cache: string): string {
  const entries = [...folders.map((folder) => `<dir>${folder}</dir>`), `<cachedir>${cache}</cachedir>`];
  return `<?xml version="1.0"?>\n<fontconfig>${entries.join('')}</fontconfig>\n`;
}

function definedEnvironment(): Record<string, string> {
  return Object.fromEntries(Object.entries(process.env).flatMap(([name, value]) => (value ? [[name, value]] : [])));
}
