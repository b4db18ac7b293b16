import { parseConfiguration } from '@pgwamp/config';
import { ConfigurationError } from '@pgwamp/core';
import { componentSchema, sample } from '@pgwamp/harness/fixtures/component-schema';
import { thrown } from '@pgwamp/harness/fixtures/rejection';
import { expect } from 'chai';
import * as z from 'zod';

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

describe('Configuration of a component', () => {
  it('has defaults', () => {
    const { transport, authentication, extra } = parse(sample());
    expect(transport).to.deep.include({ type: 'websocket', url: 'ws://127.0.0.1:8080/ws' });
    expect(transport).to.have.nested.property('options.max_message_size', 16 * 1024 * 1024);
    expect(authentication).to.deep.equal({});
    expect(extra.delivery).to.equal('auto');
    expect(extra.database).to.deep.include({ port: 5432, heartbeat: { interval: 5000, timeout: 5000 } });
  });

  it('is frozen deeply', () => {
    const configuration = parse(sampleWith('transport.serializers', ['json']));
    expect(hasFrozen(configuration)).to.equal(true);
    expect(() => Reflect.set(configuration.extra.database, 'port', 1)).not.to.throw();
    expect(configuration.extra.database).to.have.property('port', 5432);
  });

  it('does not change the object of the user', () => {
    const written = sample();
    const before = structuredClone(written);
    parse(written);
    expect(written).to.deep.equal(before);
    expect(Object.isFrozen(written.extra.database)).to.equal(false);
  });

  it('accepts the keys of a component in a Crossbar.io node', () => {
    const configuration = parse({ ...sample(), type: 'class', classname: 'pgwamp.Publisher', role: 'backend' });
    expect(configuration).to.deep.include({ type: 'class', classname: 'pgwamp.Publisher', role: 'backend' });
  });

  it('is refused with path, found and expected value of each mistake', () => {
    const wrong = { ...sampleWith('transport.type', 'carrier pigeon'), realm: 'a realm' };
    expect(issuesOf(wrong)).to.deep.equal([
      {
        keys: ['realm'],
        message: 'expected the name of a realm, without white space and "#", found "a realm"',
      },
      {
        keys: ['transport', 'type'],
        message: 'expected an object with type "websocket", "rawsocket", "memory" or "session", found "carrier pigeon"',
      },
    ]);
    expect(thrown(() => parse(wrong)).message).to.equal(
      'wrong configuration: realm: expected the name of a realm, without white space and "#", found "a realm"; ' +
        'transport.type: expected an object with type "websocket", "rawsocket", "memory" or "session", found "carrier pigeon"',
    );
  });

  const mistakes: [what: string, path: string, value: unknown, message: string | RegExp, place?: string][] = [
    ['a port out of range', 'extra.database.port', 70_000, /^expected a port number from 1 to 65535, found 70000/],
    ['a port that is no number', 'extra.database.port', 'http', /^expected a port number .*, found "http"/],
    ['a host that is missing', 'extra.database.host', undefined, 'missing (expected a string)'],
    ['a host of another type', 'extra.database.host', 5, 'expected a string, found 5'],
    ['a list for an object', 'extra', [], 'expected an object, found an empty list'],
    ['a mode that does not exist', 'extra.delivery', 'pigeon', /^expected "auto" or .*, found "pigeon"/],
    ['a mistake within the union of TLS', 'extra.database.ssl.ca', 5, 'expected a string, found 5'],
    ['a mistake within a transport', 'transport.url', 'http://x', /^expected a URL .*, found "http:\/\/x"/],
    [
      'a mistake within an endpoint',
      'transport.endpoint',
      { type: 'unix' },
      'missing (expected a string)',
      'transport.endpoint.path',
    ],
    [
      'a mistake in a nested default',
      'transport.options.max_message_size',
      1,
      /^expected bytes, or text such as "64MB", from 1024 to 536870888, found 1$/,
    ],
    [
      'a time that no timer can take',
      'transport.options.auto_ping_interval',
      2 ** 31,
      /^expected milliseconds, .*, found 2147483648/,
    ],
    ['a heartbeat for which PostgreSQL has no room', 'extra.database.heartbeat.timeout', 2 ** 30, /found 1073741824$/],
    ['a TLS option that is neither', 'extra.database.ssl', 'yes', /^expected true, false or an object .*, found "yes"/],
    [
      'a transport that is a router only in name',
      'transport',
      { type: 'memory', router: {} },
      /^expected a router .*, found an object/,
      'transport.router',
    ],
  ];
  for (const [what, path, value, message, place = path] of mistakes) {
    it(`names ${what}`, () => {
      const [found, ...others] = issuesOf(sampleWith(path, value));
      expect(found?.keys.join('.')).to.equal(place);
      if (typeof message === 'string') expect(found?.message).to.equal(message);
      else expect(found?.message).to.match(message);
      expect(others).to.deep.equal([]);
    });
  }

  for (const path of ['surprise', 'extra.surprise', 'extra.database.surprise', 'transport.surprise']) {
    it(`reports the unknown key ${path}, and the known ones`, () => {
      const [issue, ...others] = issuesOf(sampleWith(path, 'x'));
      expect(issue).to.deep.include({ keys: path.split('.'), isKey: true });
      expect(issue?.message).to.match(/^unknown key \(expected one of \w+(, \w+)+\)$/);
      expect(others).to.deep.equal([]);
    });
  }

  const typos: Readonly<Record<string, string>> = {
    'extra.delivry': 'delivery',
    'extra.Delivery': 'delivery',
    'extra.database.hartbeat': 'heartbeat',
    'transport.serializer': 'serializers',
    autentication: 'authentication',
  };
  for (const [path, meant] of Object.entries(typos)) {
    it(`suggests the similar key for ${path}`, () => {
      expect(issuesOf(sampleWith(path, 'x'))[0]?.message).to.equal(`unknown key, did you mean ${meant}?`);
    });
  }

  it('reports keys that exclude each other', () => {
    const written = { host: 'a', database: 'b', user: 'c' };
    const uri = 'postgres://crossbar@127.0.0.1/shop';
    const messagesOf = (database: object) => {
      const issues = issuesOf({ ...sample(), extra: { database } });
      return issues.map(({ keys, message }) => `${keys.at(-1)?.toString()}: ${message}`);
    };
    expect(messagesOf({ uri, host: 'a' })).to.deep.equal(['host: excluded by uri: use one or the other']);
    expect(messagesOf({ uri, ...written })).to.deep.equal(['uri: excluded by host: use one or the other']);
    expect(messagesOf({ uri, hots: 'a' })).to.deep.equal([
      'hots: unknown key (expected one of uri, worker, ssl, heartbeat)',
    ]);
  });

  it('reports the unknown key of a union whose other alternative is not an object', () => {
    const [issue] = issuesOf(sampleWith('extra.database.ssl', { certificate: 'x' }));
    expect(issue?.keys.join('.')).to.equal('extra.database.ssl.certificate');
  });

  it('reports the object itself if no alternative matches', () => {
    expect(issuesOf(undefined)[0]).to.deep.equal({ keys: [], message: 'missing (expected an object)' });
    expect(issuesOf(sampleWith('extra.database', {}))[0]).to.deep.equal({
      keys: ['extra', 'database'],
      message: 'expected an object with uri, or with host, port, database, user and password, found an object',
    });
  });

  it('is returned unchanged if it was validated before, even if a value looks like a variable', () => {
    const written = sampleWith('extra.database.password', '$PASSWORD');
    const once = parseConfiguration(componentSchema, written, { PASSWORD: '$ECRET' });
    expect(parseConfiguration(componentSchema, once, {})).to.equal(once);
    expect(once.extra.database).to.have.property('password', '$ECRET');
  });

  it('keeps strings unchanged without an environment', () => {
    const literal = sampleWith('extra.database.password', '$ECRET');
    expect(parseConfiguration(componentSchema, literal, null).extra.database).to.have.property('password', '$ECRET');
  });

  it('works with any schema', () => {
    expect(parseConfiguration(z.object({ size: z.number() }), { size: 3 })).to.deep.equal({ size: 3 });
  });
});
