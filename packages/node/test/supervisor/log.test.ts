import { PassThrough } from 'node:stream';
import { waitFor } from '@pgwamp/harness';
import { expect } from 'chai';
import { type LogFormat, openLog } from '../../src/supervisor/log.ts';

/** A log with what it has written so far, line by line. */
async function open(format: LogFormat, level = 'info') {
  const lines: string[] = [];
  const log = await openLog(format, level, { write: (text: string) => lines.push(...text.trimEnd().split('\n')) });
  return { ...log, lines };
}

/** Writes to the output of a worker, and waits until so many lines are logged. */
async function collected(format: LogFormat, level: string, texts: readonly string[], count: number): Promise<string[]> {
  const { collect, lines } = await open(format, level);
  const output = new PassThrough();
  collect('router-1', 'stdout', output);
  output.end(texts.map((text) => `${text}\n`).join(''));
  await waitFor(() => lines.length === count, { what: `${count} lines` });
  return lines;
}

const record = (more: object) => JSON.stringify({ level: 30, time: 1_700_000_000_000, ...more });

describe('Log of a node', () => {
  it('labels the records of workers, and converts other lines to records', async () => {
    const lines = await collected('json', 'info', [record({ pid: 7, msg: 'running' }), 'plain', '{"level": x'], 3);
    const records = lines.map((line) => JSON.parse(line));
    expect(records[0]).to.deep.equal({
      level: 30,
      time: 1_700_000_000_000,
      pid: 7,
      msg: 'running',
      worker: 'router-1',
    });
    expect(records[1]).to.deep.include({ level: 30, stream: 'stdout', msg: 'plain', worker: 'router-1' });
    expect(records[2]).to.deep.include({ msg: '{"level": x' });
  });

  it('omits records below its level', async () => {
    const texts = [record({ level: 20, msg: 'debug' }), record({ level: 40, msg: 'warning' })];
    const [line] = await collected('json', 'warn', [...texts, 'plain'], 1);
    expect(JSON.parse(line ?? '')).to.have.property('msg', 'warning');
  });

  it('splits lines that are too long, and joins the parts of others', async () => {
    const { collect, lines } = await open('json');
    const output = new PassThrough();
    collect('guest-1', 'stdout', output);
    const long = 'ä'.repeat(100_000);
    for (const part of ['one\r\ntw', 'o\n', long, long, '\nlast']) output.write(part);
    output.end();
    await waitFor(() => lines.at(-1)?.includes('last') === true, { what: 'the last line' });
    const texts = lines.map((line) => (JSON.parse(line) as { msg: string }).msg);
    expect([texts[0], texts[1], texts.at(-1)]).to.deep.equal(['one', 'two', 'last']);
    expect(texts.slice(2, -1).join('')).to.equal(long + long);
    expect(Math.max(...texts.map(({ length }) => length))).to.equal(65_536);
  });

  it('is readable on a terminal: time, level, worker, message, reason', async () => {
    const err = { message: 'connect ECONNREFUSED', stack: 'a long stack' };
    const texts = [record({ component: 'publisher', realm: 'realm1', err, msg: 'connection lost' }), 'plain'];
    const lines = await collected('pretty', 'info', texts, 2);
    expect(lines[0]).to.match(
      /^\[\d\d:\d\d:\d\d\.\d{3}\] INFO: router-1 publisher realm1: connection lost: connect ECONNREFUSED$/,
    );
    expect(lines[1]).to.match(/INFO: router-1: plain$/);
    const { logger, lines: own } = await open('pretty');
    logger.info('node is ready');
    expect(own[0]).to.match(/INFO: node is ready$/);
  });
});
