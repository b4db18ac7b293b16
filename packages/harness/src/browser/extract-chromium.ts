// Runs as a separate process with its own TMPDIR: the package extracts into the temporary folder, where two concurrent
// test runs would find each other's incomplete browser.
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import chromium, { inflate } from '@sparticuz/chromium';

const packed = join(dirname(fileURLToPath(import.meta.resolve('@sparticuz/chromium'))), '..', 'bin');
await chromium.executablePath();
await inflate(join(packed, 'al2023.tar.br'));
