import { expect } from 'chai';
import { defaultLogger } from '../../src/component/index.ts';

/** The output of a logger to a terminal or another stream. */
function written(isTTY: boolean, log: (logger: ReturnType<typeof defaultLogger>) => void): string {
  let text = '';
  const target = { isTTY, write: (line: string) => (text += line) };
  log(defaultLogger(target as never).child({ component: 'publisher', database: 'here:5432/shop', realm: 'realm1' }));
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are the colours of a terminal
  return text.replace(/\u001b\[\d+m/g, '');
}

describe('Default log', () => {
  it('is readable on a terminal, without fields and stack traces', () => {
    const text = written(true, (logger) => logger.warn({ part: 'database', code: 'X' }, '%s; retrying', 'lost'));
    expect(text).to.match(/^\[?\d\d:\d\d:\d\d\.\d{3}\]? WARN: publisher realm1: lost; retrying\n$/);
  });

  it('contains the stack trace of a fault on a terminal', () => {
    const text = written(true, (logger) => logger.error({ err: new TypeError('a fault') }, 'it broke'));
    expect(text).to.match(/ERROR: publisher realm1: it broke\nTypeError: a fault\n\s+at /);
  });

  it('is one JSON object per line elsewhere', () => {
    const text = written(false, (logger) => logger.info({ state: 'running' }, 'component is running'));
    expect(JSON.parse(text)).to.include({ state: 'running', realm: 'realm1', msg: 'component is running' });
    expect(text.trimEnd()).not.to.include('\n');
  });
});
