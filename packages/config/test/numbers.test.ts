import { bytes, integer, milliseconds, parseConfiguration, portNumber } from '@pgwamp/config';
import { thrown } from '@pgwamp/harness/fixtures/rejection';
import { expect } from 'chai';
import * as z from 'zod';

const schema = z.strictObject({
  size: integer({ min: 1, max: 100 }).default(8),
  timeout: milliseconds({ min: 10 }).default(5000),
  limit: bytes({ min: 1024 }).default(4096),
  port: portNumber().default(5432),
});

function parse(written: object, environment: Record<string, string> = {}) {
  return parseConfiguration(schema, written, environment);
}

function messageOf(written: object): string {
  return thrown(() => parse(written)).message.replace('wrong configuration: ', '');
}

describe('Numbers of a configuration', () => {
  it('have defaults', () => {
    expect(parse({})).to.deep.equal({ size: 8, timeout: 5000, limit: 4096, port: 5432 });
  });

  it('may be digits in a string, as in environment variables', () => {
    const written = { size: '$SIZE', timeout: '${TIMEOUT}', limit: '$LIMIT', port: '5433' };
    const environment = { SIZE: '16', TIMEOUT: '250', LIMIT: '2048' };
    expect(parse(written, environment)).to.deep.equal({ size: 16, timeout: 250, limit: 2048, port: 5433 });
  });

  it('may have the units of PostgreSQL if they are times or sizes', () => {
    for (const [timeout, expected] of [
      ['250ms', 250],
      ['1.5 s', 1500],
      ['2min', 120_000],
      ['1h', 3_600_000],
      ['1d', 86_400_000],
    ] as const) {
      expect(parse({ timeout }).timeout).to.equal(expected);
    }
    expect(parse({ limit: '64kB' }).limit).to.equal(65_536);
    expect(parse({ limit: '1.5 MB' }).limit).to.equal(1_572_864);
  });

  for (const [written, message] of [
    [{ size: 0 }, 'size: expected an integer from 1 to 100, found 0'],
    [{ size: '101' }, 'size: expected an integer from 1 to 100, found "101"'],
    [{ size: 1.5 }, 'size: expected an integer from 1 to 100, found 1.5'],
    [{ size: '5s' }, 'size: expected an integer from 1 to 100, found "5s"'],
    [{ size: '' }, 'size: expected an integer from 1 to 100, found ""'],
    [{ timeout: '5 ms' }, 'timeout: expected milliseconds, or text such as "5s", from 10 to 2147483647, found "5 ms"'],
    [{ timeout: '5 years' }, /^timeout: expected milliseconds.* found "5 years"$/],
    [{ timeout: '60d' }, /^timeout: expected milliseconds.* found "60d"$/],
    [{ limit: '1 B' }, 'limit: expected bytes, or text such as "64MB", of at least 1024, found "1 B"'],
    [{ limit: true }, /found true$/],
    [{ port: '0x10' }, 'port: expected a port number from 1 to 65535, found "0x10"'],
  ] as const) {
    it(`are refused out of their range, and in another form: ${JSON.stringify(written)}`, () => {
      if (typeof message === 'string') expect(messageOf(written)).to.equal(message);
      else expect(messageOf(written)).to.match(message);
    });
  }
});
