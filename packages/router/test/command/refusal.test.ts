import { expect } from 'chai';
import { run } from '../../src/command/run.ts';
import { ConfigurationFile, webTransport } from './configuration-file.ts';

const REALM = { name: 'realm1' };

/** The output and the exit code of the command, run in this process. */
async function runHere(args: readonly string[]): Promise<{ code: unknown; stdout: string; stderr: string }> {
  const written = { stdout: '', stderr: '' };
  const code = await run(args, {
    stdout: (text) => {
      written.stdout += text;
    },
    stderr: (text) => {
      written.stderr += text;
    },
    environment: {},
  });
  return { code, ...written };
}

describe('wamp-router: refusals', () => {
  for (const [what, args, words] of [
    ['an unknown option', ['--lisen', 'x'], /unknown option '--lisen'/],
    ['too many arguments', ['start'], /too many arguments/],
    ['--listen beside --config', ['--config', 'x', '--listen', 'ws://127.0.0.1:0/ws'], /cannot be combined with/],
    ['an invalid URL', ['--listen', '8080'], /expected a URL/],
    ['another scheme than ws and rs', ['--listen', 'http://127.0.0.1:0/'], /expected ws:\/\/ or rs:\/\//],
    ['TLS without a certificate', ['--listen', 'wss://127.0.0.1:0/'], /certificate/],
    ['an address that others can reach', ['--listen', 'ws://0.0.0.0:0/ws'], /expected a loopback address/],
  ] as const) {
    it(`refuses ${what} with one line, and exits with 2`, async () => {
      const { code, stdout, stderr } = await runHere(args);
      expect(stderr)
        .to.match(/^wamp-router: [^\n]+\n$/)
        .and.match(words);
      expect({ code, stdout }).to.eql({ code: 2, stdout: '' });
    });
  }

  for (const [what, content, words] of [
    ['is not JSON', '{', /config\.json: expected JSON: /],
    ['is empty', '', /config\.json: expected JSON: Unexpected end/],
    ['is a list', [1], /config\.json: \(top\): expected an object, found a list$/m],
    ['is a number', '5', /config\.json: \(top\): expected an object, found 5$/m],
    ['has no realms', { transports: [webTransport(0)] }, /config\.json: realms: missing \(expected a list\)/],
    ['has an invalid port', { realms: [REALM], transports: [webTransport('x')] }, /endpoint\.port: .* found "x"/],
    ['names a variable that is not set', { realms: [REALM], transports: [webTransport('$WAMP_NONE')] }, /WAMP_NONE/],
  ] as const) {
    it(`refuses a file that ${what} with one line, and exits with 2`, async () => {
      await using file = await ConfigurationFile.of(content);
      const { code, stdout, stderr } = await runHere(['--config', file.path]);
      expect(stderr)
        .to.match(/^wamp-router: [^\n]+\n$/)
        .and.match(words);
      expect({ code, stdout }).to.eql({ code: 2, stdout: '' });
    });
  }
});
