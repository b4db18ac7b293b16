import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { proxyDashboard } from './dashboard/proxy.ts';

// Writes docs/proxy-dashboard.json from the metrics of the Proxy.
const file = join(import.meta.dirname, '../docs/proxy-dashboard.json');
await writeFile(file, `${JSON.stringify(await proxyDashboard(), undefined, 2)}\n`);
