import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { repositoryRoot, withDeadline } from '@pgwamp/harness';
import { expect } from 'chai';
import { program } from '../support/command.ts';
import { createFolder, type Folder } from '../support/folder.ts';

const router = join(repositoryRoot, 'packages/router/src/command/wamp-router.ts');

/** The commands that read a configuration in JSON or YAML. */
const commands: Readonly<Record<string, readonly string[]>> = {
  'pgwamp check': [program, 'check', '--config'],
  'pgwamp start': [program, 'start', '--config'],
  'pgwamp doctor': [program, 'doctor', '--config'],
  'pgwamp component': [program, 'component', '--config'],
  'pgwamp gateway': [program, 'gateway'],
  'pgwamp proxy': [program, 'proxy'],
  'wamp-router': [router, '--config'],
};

/** The commands that read a file of another program. */
const foreign: Readonly<Record<string, readonly string[]>> = {
  'pgwamp gateway --eventserv': [program, 'gateway', '--eventserv', '--check', '--config'],
  'pgwamp gateway --postgresql2websocket': [program, 'gateway', '--postgresql2websocket', '--check'],
  'pgwamp proxy with an ini file': [program, 'proxy', '--check'],
};

/** Files that are no configuration, and a part of the message. */
const files: readonly (readonly [name: string, content: string | undefined, message: RegExp])[] = [
  ['missing.json', undefined, /there is no such file|ENOENT/],
  ['empty.json', '', /the file is empty|Unexpected end/],
  ['blank.json', ' \n', /the file is empty|Unexpected end/],
  ['list.json', '[1]', /expected an object, found a list/],
  ['number.json', '5', /expected an object, found 5/],
  ['text.json', '"x"', /expected an object, found "x"/],
  ['null.json', 'null', /expected an object, found null/],
  ['half.json', '{"a": 1', /the text ends before its last bracket is closed|Expected ',' or '}'/],
];

async function run(args: readonly string[], cwd: string) {
  const child = spawn(process.execPath, args, { cwd, stdio: ['ignore', 'pipe', 'pipe'] });
  try {
    const all = Promise.all([once(child, 'close'), text(child.stdout), text(child.stderr)]);
    const [[code], stdout, stderr] = await withDeadline(all, 60_000, `${args.join(' ')} to end`);
    return { code, stdout, stderr };
  } finally {
    child.kill('SIGKILL');
  }
}

/** One line that names program and file, without a stack. */
function expectRefusal({ code, stdout, stderr }: Awaited<ReturnType<typeof run>>, name: string, message: RegExp) {
  expect(stderr)
    .to.match(/^(pgwamp|wamp-router): [^\n]*\n$/)
    .and.include(name)
    .and.match(message);
  expect({ code, stdout }).to.deep.equal({ code: 2, stdout: '' });
}

describe('Configuration file', function () {
  this.timeout(120_000);
  let folder: Folder;

  before(async () => {
    const contents = files.flatMap(([name, content]) => (content === undefined ? [] : [[name, content] as const]));
    folder = await createFolder(Object.fromEntries(contents));
    await mkdir(join(folder.path, 'folder.json'));
    await writeFile(join(folder.path, 'utf16.json'), Buffer.from('\ufeff{}', 'utf16le'));
  });
  after(() => folder[Symbol.asyncDispose]());

  for (const [command, args] of Object.entries(commands)) {
    it(`is refused with one line by ${command} if it contains no configuration`, async () => {
      for (const [name, , message] of files) expectRefusal(await run([...args, name], folder.path), name, message);
      const isFolder = /this is a folder, and not a file|EISDIR/;
      expectRefusal(await run([...args, 'folder.json'], folder.path), 'folder.json', isFolder);
      const isNotUtf8 = /the text is not UTF-8|The encoded data was not valid/;
      expectRefusal(await run([...args, 'utf16.json'], folder.path), 'utf16.json', isNotUtf8);
    });
  }

  for (const [command, args] of Object.entries(foreign)) {
    it(`is refused with one line by ${command} if it cannot be read`, async () => {
      await mkdir(join(folder.path, 'folder.ini'), { recursive: true });
      for (const [name, reason] of [
        ['missing.ini', /there is no such file/],
        ['folder.ini', /this is a folder/],
      ] as const) {
        expectRefusal(await run([...args, name], folder.path), name, reason);
      }
    });
  }

  it('may begin with a byte order mark, and have the line ends of Windows', async () => {
    const database = { uri: 'postgres://crossbar:secret@127.0.0.1:9/x' };
    const extra = { database, endpoint: { type: 'tcp', port: 0 } };
    const workers = [{ type: 'guest', executable: 'x' }];
    const json = (value: object) => JSON.stringify(value, undefined, 2);
    const proxy =
      '[database]\nuri=postgresql://u:p@127.0.0.1:9/x\n[upstream.rabbit]\nkind=amqp\nuri=amqp://127.0.0.1//\nbridge_channels=a->queue:b\n';
    for (const [args, name, content] of [
      [['check', '--config'], 'node.json', json({ version: 2, workers })],
      [['check', '--config'], 'node.yaml', 'version: 2\nworkers:\n  - type: guest\n    executable: x\n'],
      [['gateway', '--check'], 'gateway.json', json({ extra })],
      [
        ['gateway', '--check', '--eventserv', '--config'],
        'a.toml',
        'HttpPort = 7800\nDbConnection = "postgresql://u:p@127.0.0.1:9/x"\n',
      ],
      [['gateway', '--check', '--postgresql2websocket'], 'p2w.conf', '[postgresql]\ndatabase=x\n[web]\nport=9000\n'],
      [['proxy', '--check'], 'proxy.ini', proxy],
    ] as const) {
      await writeFile(join(folder.path, name), `\ufeff${content.replaceAll('\n', '\r\n')}`);
      const { code, stderr } = await run([program, ...args, name], folder.path);
      expect({ code, stderr }, name).to.deep.equal({ code: 0, stderr: '' });
    }
  });
});
