// A headless browser for `--check`: Chromium out of the npm package `@sparticuz/chromium` on Linux x64, elsewhere the
// Chrome of the machine. CHROMIUM_FOLDER names a folder that keeps the unpacked Chromium for the next time.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium, type LaunchOptions, type Page } from 'playwright-core';

/** A browser; its disposal closes it. */
export interface OpenBrowser extends AsyncDisposable {
  /** Opens an empty page with cookies and storage of its own. */
  page(): Promise<Page>;
}

/** Opens a browser. */
export async function openBrowser(): Promise<OpenBrowser> {
  const folder = await mkdtemp(join(tmpdir(), 'pgwamp-example-'));
  const isPacked = process.platform === 'linux' && process.arch === 'x64';
  const browser = await chromium.launch(isPacked ? await unpack(folder) : { channel: 'chrome' });
  return {
    page: () => browser.newPage(),
    [Symbol.asyncDispose]: async () => {
      await browser.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function unpack(folder: string): Promise<LaunchOptions> {
  const unpacked = process.env.CHROMIUM_FOLDER ?? folder;
  // The package unpacks into the system's temporary folder, where two examples would find each other's half of a browser.
  process.env.TMPDIR = unpacked;
  const { default: packed, inflate } = await import('@sparticuz/chromium');
  const executablePath = await packed.executablePath();
  const entry = fileURLToPath(import.meta.resolve('@sparticuz/chromium'));
  const libraries = await inflate(join(dirname(entry), '..', 'bin', 'al2023.tar.br'));
  process.env.TMPDIR = folder;
  const fonts = join(folder, 'fonts.conf');
  await writeFile(
    fonts,
    `<fontconfig><dir>${unpacked}/fonts/fonts</dir><cachedir>${folder}/cache</cachedir></fontconfig>`,
  );
  const env = { HOME: folder, TMPDIR: folder, LD_LIBRARY_PATH: join(libraries, 'lib'), FONTCONFIG_FILE: fonts };
  // The sandbox takes rights that root must not and a user in a container does not have; the pages are our own.
  return { executablePath, args: ['--no-sandbox', '--disable-dev-shm-usage'], env };
}
