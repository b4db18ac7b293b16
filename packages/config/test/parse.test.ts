import { parseConfiguration } from '@pgwamp/config';
import { ConfigurationError } from '@pgwamp/core';
import { expect } from 'chai';
import * as z from 'zod';
import { componentSchema, sample } from '../../core/test/support/component-schema.ts';
import { thrown } from '../../core/test/support/rejection.ts';

function parse(configuration: unknown) {
  return parseConfiguration(componentSchema, configuration, {});
}

function issuesOf(configuration: unknown) {
  const error = thrown<ConfigurationError>(() => parse(configuration));
  expect(error).to.be.instanceOf(ConfigurationError);
  return error.issues;
}

/** The sample with another value in one place. */
function sampleWith(path: string, value: unknown): object {
  const keys = path.split('.');
  const change = (inner: object, [key = '', ...rest]: string[]): object => ({
    ...inner,
    [key]: rest.length > 0 ? change((Reflect.get(inner, key) as object) ?? {}, rest) : value,
  });
  return change(sample(), keys);
}

function hasFrozen(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return true;
  return Object.isFrozen(value) && Object.values(value).every(hasFrozen);
}

describe('the configuration of a component', () => {
  it('gets its defaults', () => {
    const { transport, authentication, extra } = parse(sample());
    expect(transport).to.deep.include({ type: 'websocket', url: 'ws://127.0.0.1:8080/ws' });
    expect(transport).to.have.nested.property('options.max_message_size', 64 * 1024 * 1024);
    expect(authentication).to.deep.equal({});
    expect(extra.delivery).to.equal('auto');
    expect(extra.database).to.deep.include({ port: 5432, heartbeat: { interval: 5000, timeout: 5000 } });
  });

  it('is frozen, as deep as it goes', () => {
    const configuration = parse(sampleWith('transport.serializers', ['json']));
    expect(hasFrozen(configuration)).to.equal(true);
    expect(() => Reflect.set(configuration.extra.database, 'port', 1)).not.to.throw();
    expect(configuration.extra.database).to.have.property('port', 5432);
  });

  it('leaves the object of the user as it was', () => {
    const written = sample();
    const before = structuredClone(written);
    parse(written);
    expect(written).to.deep.equal(before);
    expect(Object.isFrozen(written.extra.database)).to.equal(false);
  });

  it('takes what a Crossbar.io node says of a component', () => {
    const configuration = parse({ ...sample(), type: 'class', classname: 'pgwamp.Publisher', role: 'backend' });
    expect(configuration).to.deep.include({ type: 'class', classname: 'pgwamp.Publisher', role: 'backend' });
  });

  it('is refused with every path, what was found there and what is expected', () => {
    const wrong = { ...sampleWith('transport.type', 'carrier pigeon'), realm: 'a realm' };
    expect(issuesOf(wrong)).to.deep.equal([
      {
        path: 'realm',
        found: '"a realm"',
        expected: 'the name of a realm, without white space and "#"',
      },
      {
        path: 'transport.type',
        found: '"carrier pigeon"',
        expected: 'an object with type "websocket", "rawsocket", "memory" or "session"',
      },
    ]);
    expect(thrown(() => parse(wrong)).message).to.equal(
      'wrong configuration: realm: found "a realm", expected the name of a realm, without white space and "#"; ' +
        'transport.type: found "carrier pigeon", expected an object with type "websocket", "rawsocket", "memory" or "session"',
    );
  });

  const mistakes: [what: string, path: string, value: unknown, issue: object][] = [
    ['a port out of range', 'extra.database.port', 70_000, { found: '70000' }],
    ['a port that is no number', 'extra.database.port', 'http', { found: '"http"' }],
    ['a host that is missing', 'extra.database.host', undefined, { found: 'nothing', expected: 'string' }],
    ['a host of another type', 'extra.database.host', 5, { found: '5', expected: 'string' }],
    ['an array for an object', 'extra', [], { found: 'an array', expected: 'object' }],
    ['a mode that does not exist', 'extra.delivery', 'pigeon', { found: '"pigeon"' }],
    ['a mistake within the union of TLS', 'extra.database.ssl.ca', 5, { found: '5', expected: 'string' }],
    ['a mistake within a transport', 'transport.url', 'http://x', { found: '"http://x"' }],
    ['a mistake within an endpoint', 'transport.endpoint', { type: 'unix' }, { path: 'transport.endpoint.path' }],
    ['a mistake in a nested default', 'transport.options.max_message_size', 1, { found: '1' }],
    ['a time that no timer can take', 'transport.options.auto_ping_interval', 2 ** 31, { found: '2147483648' }],
    [
      'a heartbeat for which PostgreSQL has no room',
      'extra.database.heartbeat.timeout',
      2 ** 30,
      { found: '1073741824' },
    ],
    ['a TLS option that is neither', 'extra.database.ssl', 'yes', { found: '"yes"' }],
    ['a transport that is a router only in name', 'transport', { type: 'memory', router: {} }, { found: 'an object' }],
  ];
  for (const [what, path, value, issue] of mistakes) {
    it(`names ${what}`, () => {
      const [found, ...others] = issuesOf(sampleWith(path, value));
      expect(found).to.deep.include({ ...(!('path' in issue) && what !== mistakes.at(-1)?.[0] && { path }), ...issue });
      expect(found?.expected).not.to.equal('');
      expect(others).to.deep.equal([]);
    });
  }

  for (const path of ['surprise', 'extra.surprise', 'extra.database.surprise', 'transport.surprise']) {
    it(`names the unknown key ${path}`, () => {
      const [issue, ...others] = issuesOf(sampleWith(path, 'x'));
      expect(issue).to.deep.equal({ path, found: 'an unknown key', expected: 'one of the documented keys' });
      expect(others).to.deep.equal([]);
    });
  }

  it('names the unknown key of a union whose other alternative is no object', () => {
    const [issue] = issuesOf(sampleWith('extra.database.ssl', { certificate: 'x' }));
    expect(issue?.path).to.equal('extra.database.ssl.certificate');
  });

  it('names the place itself where nothing of it is right', () => {
    expect(issuesOf(undefined)[0]).to.deep.equal({ path: '(top)', found: 'nothing', expected: 'object' });
    expect(issuesOf(sampleWith('extra.database', {}))[0]).to.deep.equal({
      path: 'extra.database',
      found: 'an object',
      expected: 'an object with uri, or with host, port, database, user and password',
    });
  });

  it('works with any schema', () => {
    expect(parseConfiguration(z.object({ size: z.number() }), { size: 3 })).to.deep.equal({ size: 3 });
  });
});
