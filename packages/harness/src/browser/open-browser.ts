import { mkdtemp, rm, statfs, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Browser, chromium, type LaunchOptions, type Page } from 'playwright-core';
import { packedChromium } from './chromium.ts';

/** A real browser; its disposal closes it. */
export interface OpenBrowser extends AsyncDisposable {
  readonly browser: Browser;
  /** Opens an empty page with cookies and storage of its own. */
  page(): Promise<Page>;
}

const quiet = [
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--no-first-run',
  '--disable-quic',
];

/** Bytes of shared memory that a page of ours never needs. */
const enoughSharedMemory = 2 ** 30;

/**
 * Opens a headless Chromium. On Linux x64 it comes out of an npm package and needs nothing installed; elsewhere
 * it is the Chrome of the machine.
 */
export async function openBrowser(): Promise<OpenBrowser> {
  const home = await mkdtemp(join(tmpdir(), 'pgwamp-browser-'));
  const browser = await chromium.launch({ headless: true, ...(await launchOptions(home)) });
  return {
    browser,
    page: () => browser.newPage({ locale: 'en-US' }),
    [Symbol.asyncDispose]: async () => {
      await browser.close();
      await rm(home, { recursive: true, force: true });
    },
  };
}

async function launchOptions(home: string): Promise<LaunchOptions> {
  if (process.platform !== 'linux' || process.arch !== 'x64') return { channel: 'chrome', args: quiet };
  const { executable, libraries, fonts } = await packedChromium();
  // The package's own font configuration names folders that exist in one company's cloud only.
  const fontConfiguration = join(home, 'fonts.conf');
  await writeFile(fontConfiguration, fontsXml([fonts, '/usr/share/fonts'], join(home, 'font-cache')));
  return {
    executablePath: executable,
    // The sandbox takes rights that root must not and a user in a container does not have; our pages are our own.
    args: [...quiet, '--no-sandbox', ...(await sharedMemory())],
    env: { ...definedEnvironment(), HOME: home, LD_LIBRARY_PATH: libraries, FONTCONFIG_FILE: fontConfiguration },
  };
}

/** A container may have little shared memory; files in its place are written to the disk, hundreds of megabytes by each browser. */
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
