import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ConfigurationError, checkTls, readPem } from '@pgwamp/config';
import { certificate, certificatePath } from '@pgwamp/harness/fixtures/certificates';
import { thrown } from '@pgwamp/harness/fixtures/rejection';
import { expect } from 'chai';

const keys = ['tls', 'ca', 0];

describe('PEM of a configuration', () => {
  it('is the text itself, also after a comment, or the path of a file', () => {
    const text = certificate('server');
    expect(readPem(text, keys)).to.equal(text);
    expect(readPem(`a comment\n${text}`, keys)).to.equal(`a comment\n${text}`);
    expect(readPem(certificatePath('server'), keys)).to.equal(text);
  });

  it('is refused if the file is missing or contains no PEM', async () => {
    await using stack = new AsyncDisposableStack();
    const folder = stack.adopt(await mkdtemp(join(tmpdir(), 'pgwamp-')), (path) => rm(path, { recursive: true }));
    const other = join(folder, 'other.pem');
    await writeFile(other, 'a password, perhaps');
    const missing = thrown<ConfigurationError>(() => readPem(join(folder, 'none.pem'), keys));
    expect(missing).to.be.instanceOf(ConfigurationError);
    expect(missing.issues[0]?.keys).to.deep.equal(keys);
    expect(missing.message).to.match(/tls\.ca\[0\]: expected PEM text or the path of a PEM file: ENOENT.*none\.pem/);
    const wrong = thrown(() => readPem(other, keys)).message;
    expect(wrong).to.include('which holds no PEM').and.not.include('a password');
    expect(thrown(() => readPem(folder, keys)).message).to.include('EISDIR');
  });

  it('is checked by OpenSSL: key and certificate have to match', () => {
    const key = certificate('server-key');
    const fitting = { key, cert: certificate('server') };
    expect(checkTls(fitting, ['tls'])).to.equal(fitting);
    const error = thrown(() => checkTls({ key, cert: certificate('client') }, ['tls']));
    expect(error).to.be.instanceOf(ConfigurationError);
    expect(error.message).to.include('tls: keys and certificates that cannot be used');
  });
});
