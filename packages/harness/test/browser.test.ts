import { expect } from 'chai';
import { openBrowser } from '../src/index.ts';

describe('openBrowser', () => {
  it('runs scripts, renders text and takes a screenshot', async () => {
    await using browser = await openBrowser();
    const page = await browser.page();
    await page.setContent('<p style="display: inline-block">WAMP</p><script>document.title = 6 * 7</script>');
    expect(await page.title()).to.equal('42');
    expect((await page.locator('p').boundingBox())?.width).to.be.greaterThan(20);
    expect((await page.screenshot()).subarray(1, 4).toString()).to.equal('PNG');
  });
});
