import { expect } from 'chai';
import { pgwamp } from '../support/command.ts';

/** Command lines with a mistake, and the message. */
const wrong: readonly (readonly [line: string, message: string])[] = [
  [
    'start --log-format xml',
    `option '--log-format <format>' argument 'xml' is invalid. Allowed choices are json, pretty.`,
  ],
  ['start extra', `too many arguments for 'start'. Expected 0 arguments but got 1: extra.`],
  ['component', `required option '--config <file>' not specified`],
  ['completion', `missing required argument 'shell'`],
  ['publish', `missing required argument 'topic'`],
  ['publish a b --router foo', '--router: expected a URL such as ws://127.0.0.1:8080/ws, found foo'],
  ['subscribe a --count x', `option '--count <n>' argument 'x' is invalid. expected a whole number from 1 on.`],
  [
    'subscribe a --match foo',
    `option '--match <policy>' argument 'foo' is invalid. Allowed choices are exact, prefix, wildcard.`,
  ],
  [
    'call a --timeout 1.5',
    `option '--timeout <ms>' argument '1.5' is invalid. expected a whole number of milliseconds from 1 on.`,
  ],
  [
    'top --interval x',
    `option '--interval <seconds>' argument 'x' is invalid. expected a number of seconds from 0.1 on.`,
  ],
  ['top --count 0', `option '--count <number>' argument '0' is invalid. expected a whole number from 1 on.`],
  [
    'top --admin ftp://x',
    `option '--admin <address>' argument 'ftp://x' is invalid. expected http://host:port, or the path of a unix socket.`,
  ],
  [
    'status --admin http://',
    `option '--admin <address>' argument 'http://' is invalid. expected http://host:port, or the path of a unix socket.`,
  ],
  ['console --port x', `option '--port <port>' argument 'x' is invalid. expected a port from 0 to 65535.`],
  ['demo --port 99999', `option '--port <port>' argument '99999' is invalid. expected a port from 0 to 65535.`],
  ['init --pgport x', `option '--pgport <port>' argument 'x' is invalid. expected a port from 0 to 65535.`],
  ['proxy parked show abc', 'expected the number of a parked message, found "abc"'],
  ['gateway --config x', '--config belongs to --eventserv; name the file itself'],
  ['gateway --eventserv --postgresql2websocket', '--eventserv excludes --postgresql2websocket'],
  // Each of them suggests what was meant.
  ['doctor --nagos', `unknown option '--nagos'\n(Did you mean --nagios?)`],
  ['install --prnt', `unknown option '--prnt'\n(Did you mean --print?)`],
  ['gateway --evenserv', `unknown option '--evenserv'\n(Did you mean --eventserv?)`],
  ['proxy x.yaml --chek', `unknown option '--chek'\n(Did you mean --check?)`],
  ['proxy parked lst', `unknown command 'lst'\n(Did you mean list?)`],
];

describe('Wrong arguments', function () {
  this.timeout(120_000);

  for (const [line, message] of wrong) {
    it(`end with 2 and one message: pgwamp ${line}`, async () => {
      const env = { PGHOST: '127.0.0.1', PGPORT: '9' };
      const { code, stdout, stderr } = await pgwamp(line.split(' '), { cwd: '/', env });
      expect({ code, stdout, stderr }).to.deep.equal({ code: 2, stdout: '', stderr: `pgwamp: ${message}\n` });
    });
  }
});
