import { parseConfiguration, withEnvironment } from '@pgwamp/config';
import { ConfigurationError } from '@pgwamp/core';
import { componentSchema, sample } from '@pgwamp/harness/fixtures/component-schema';
import { thrown } from '@pgwamp/harness/fixtures/rejection';
import { expect } from 'chai';
import fc from 'fast-check';

function sampleOf(database: object) {
  return { ...sample(), extra: { database: { ...sample().extra.database, ...database } } };
}

describe('Strings of the form $NAME', () => {
  it('are replaced from the environment, at any place', () => {
    const written = { a: '$A', list: ['$B_2', { c: '$C' }] };
    expect(withEnvironment(written, { A: '1', B_2: '', C: '$A' })).to.deep.equal({ a: '1', list: ['', { c: '$A' }] });
    expect(written).to.deep.equal({ a: '$A', list: ['$B_2', { c: '$C' }] });
  });

  it('are whole strings of capitals, digits and _ only', () => {
    const texts = ['$lower', '$', '$-A', '5 $', 'a$$b', ''];
    expect(withEnvironment(texts, { A: '1' })).to.deep.equal(texts);
  });

  it('are errors inside of a string, with the correct form', () => {
    for (const text of ['x$A', '$A ', '$A-B', 'postgres://joe:$PGPASSWORD@host/db']) {
      const error = thrown<ConfigurationError>(() => withEnvironment({ uri: text }, { A: '1', PGPASSWORD: 'x' }));
      expect(error.issues[0]?.keys).to.deep.equal(['uri']);
      expect(error.message).to.match(/"\$\w+" inside a text is not replaced: write "\$\{\w+\}" for the variable/);
    }
  });

  it('are errors with variable and path if variables are not set', () => {
    const written = { ...sampleOf({ password: '$SHOP_PASSWORD' }), realm: '$REALM' };
    const error = thrown<ConfigurationError>(() => parseConfiguration(componentSchema, written, {}));
    expect(error).to.be.instanceOf(ConfigurationError);
    expect(error.issues.map(({ keys }) => keys.join('.'))).to.deep.equal(['realm', 'extra.database.password']);
    expect(error.message).to.include('extra.database.password: environment variable SHOP_PASSWORD is not set');
  });

  it('may be used for a port', () => {
    const configuration = parseConfiguration(componentSchema, sampleOf({ port: '$PORT' }), { PORT: '6543' });
    expect(configuration.extra.database).to.have.property('port', 6543);
    const error = thrown(() => parseConfiguration(componentSchema, sampleOf({ port: '$PORT' }), { PORT: '0' }));
    expect(error.message).to.include('extra.database.port: expected a port number from 1 to 65535, found "0"');
  });

  it('are read from the environment of the process by default', () => {
    const name = 'PGWAMP_TEST_OF_ENVIRONMENT';
    process.env[name] = 'realm-of-the-process';
    try {
      const configuration = parseConfiguration(componentSchema, { ...sample(), realm: `$${name}` });
      expect(configuration.realm).to.equal('realm-of-the-process');
    } finally {
      delete process.env[name];
    }
  });
});

describe('${NAME} in a string', () => {
  it('is replaced at any place', () => {
    const written = ['${A}', 'postgres://joe:${PGPASSWORD}@${host_1}/db', '${A}${A}'];
    const environment = { A: '1', PGPASSWORD: 'a$B${C}', host_1: 'h' };
    expect(withEnvironment(written, environment)).to.deep.equal(['1', 'postgres://joe:a$B${C}@h/db', '11']);
  });

  it('is an error if the variable is not set', () => {
    const error = thrown<ConfigurationError>(() => withEnvironment({ uri: 'a ${NOT_SET}' }, {}));
    expect(error.message).to.equal('wrong configuration: uri: environment variable NOT_SET is not set');
  });

  it('is escaped by a second dollar sign, like $NAME', () => {
    const written = ['$${A}', '$$A', 'x$$A', '$$$A'];
    expect(withEnvironment(written, { A: '1' })).to.deep.equal(['${A}', '$A', 'x$A', '$$A']);
  });
});

describe('Objects in a configuration that are not JSON', () => {
  class Router {
    attach() {
      return this;
    }
  }

  const routers: [string, object][] = [
    ['an instance', new Router()],
    ['a literal with methods', { attached: 0, attach: () => undefined, settings: { name: '$NOT_OURS' } }],
  ];
  for (const [what, router] of routers) {
    it(`are kept, and not frozen: ${what}`, () => {
      const written = { ...sample(), transport: { type: 'memory', router } };
      const { transport } = parseConfiguration(componentSchema, written, {});
      expect(transport).to.have.property('router', router);
      expect(Object.isFrozen(router)).to.equal(false);
    });
  }

  it('are kept: a session', () => {
    const session = Object.assign(new EventTarget(), { id: 1, isOpen: true, publish: () => undefined });
    const written = { ...sample(), transport: { type: 'session', session } };
    expect(parseConfiguration(componentSchema, written, {}).transport).to.have.property('session', session);
  });
});

describe('Secrets', () => {
  const secret = 'correct-horse-4711';
  const wrong: [string, object][] = [
    ['a password that is no string', sampleOf({ password: { of: secret } })],
    ['a password that is a number', sampleOf({ password: 4711 })],
    ['a URI that is none', { ...sample(), extra: { database: { uri: `mysql://joe:${secret}@host/db` } } }],
    ['a URI in place of the object', { ...sample(), extra: { database: `postgres://joe:${secret}@host/db` } }],
    ['a connection string in place of the object', { ...sample(), extra: { database: `host=h password=${secret}` } }],
    ['a URL with a password', { ...sample(), transport: { type: 'websocket', url: `http://joe:${secret}@host` } }],
    ['a ticket in the wrong place', { ...sample(), authentication: { ticket: secret } }],
    ['a secret in the wrong place', { ...sample(), authentication: { wampcra: secret, secret } }],
    ['a key that is wrong', sampleOf({ ssl: { key: [secret] } })],
    ['a user that is wrong beside a right password', sampleOf({ user: 5, password: secret })],
  ];
  for (const [what, configuration] of wrong) {
    it(`are in no error: ${what}`, () => {
      const error = thrown(() => parseConfiguration(componentSchema, configuration, {}));
      expect(`${error.message} ${JSON.stringify(error)} ${error.stack}`).not.to.match(/4711/);
    });
  }

  it('are in no error if they come from the environment', () => {
    const configuration = { ...sample(), extra: { database: { uri: '$URI' } }, authentication: { ticket: '$TICKET' } };
    const environment = { URI: `tcp://joe:${secret}@host`, TICKET: secret };
    const error = thrown<ConfigurationError>(() => parseConfiguration(componentSchema, configuration, environment));
    expect(error.issues.map(({ keys }) => keys.join('.'))).to.deep.equal([
      'authentication.ticket',
      'extra.database.uri',
    ]);
    expect(error.message).not.to.include(secret);
  });

  it('are in no error, for any password', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[A-Za-z0-9%]{8,20}$/), (password) => {
        const configuration = sampleOf({ password, port: 'x', host: 5, user: [], surprise: 1 });
        const error = thrown(() => parseConfiguration(componentSchema, configuration, {}));
        expect(error.message).not.to.include(password);
      }),
    );
  });
});
