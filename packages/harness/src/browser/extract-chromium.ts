// Run as a process of its own with TMPDIR set, because the package extracts into the system's temporary folder,
// where two test runs at once would find each other's half-written browser.
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import chromium, { inflate } from '@sparticuz/chromium';

const packed = join(dirname(fileURLToPath(import.meta.resolve('@sparticuz/chromium'))), '..', 'bin');
await chromium.executablePath();
await inflate(join(packed, 'al2023.tar.br'));
