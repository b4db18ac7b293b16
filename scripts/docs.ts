// npm run docs: makes the web site of the documentation and the API in site/, and checks its links.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { checkLinks } from './site-links.ts';

const root = join(import.meta.dirname, '..');
const typedoc = spawnSync(process.execPath, [join(root, 'node_modules/typedoc/bin/typedoc')], {
  cwd: root,
  stdio: 'inherit',
});
if (typedoc.status !== 0) process.exit(typedoc.status ?? 1);

const { links, broken } = checkLinks(join(root, 'site'));
for (const { page, link, fault } of broken) console.error(`site/${page}: ${link}: ${fault}`);
console.log(`${links} links checked, ${broken.length} broken`);
process.exitCode = broken.length === 0 ? 0 : 1;
