import { expect } from 'chai';
import { page } from './support/page.ts';

const { parse, pretty, tokens, visible } = await page('json.js');
const { topicPattern } = await page('topic-pattern.js');
const { Clock, publishedAt } = await page('latency.js');
const { Statistics, SECONDS } = await page('statistics.js');
const { EventRecord } = await page('event-record.js');
const { EventLog, KEPT, ROWS } = await page('event-log.js');
const { bytes, counted, duration, rate, since, timeOfDay } = await page('format.js');
const { copiesOf } = await page('event-copies.js');
const { payloadOf } = await page('payload-fields.js');

const record = (args: unknown[], topic = 'com.example.topic', size = 10) =>
  new EventRecord(topic, { publication: 1, details: {}, args, kwargs: {}, size }, 1000);

describe('Console: JSON', () => {
  for (const text of ['9223372036854775807', '-9007199254740993', '1.00', '0.1000000000000000055', '1e400', '12.5']) {
    it(`shows ${text} with all its digits`, () => {
      expect(pretty(parse(`{"n": [${text}]}`))).to.equal(`{"n": [${text}]}`);
    });
  }

  it('keeps short values on one line, and breaks longer ones', () => {
    const long = 'x'.repeat(60);
    expect(pretty([long, { a: long, b: [1, null] }])).to.equal(
      `[\n  "${long}",\n  {"a": "${long}", "b": [1, null]}\n]`,
    );
    expect(pretty([])).to.equal('[]');
    expect(pretty({ 'a"b': '\n' })).to.equal('{"a\\"b": "\\n"}');
  });

  it('prints thousands of nesting levels', () => {
    const text = '['.repeat(3000) + ']'.repeat(3000);
    expect(pretty(parse(text)).replaceAll(/\s/g, '')).to.equal(text);
  });

  it('prints a note instead of JSON that is nested too deeply', () => {
    expect(pretty(parse('['.repeat(100_000) + ']'.repeat(100_000)))).to.contain('nested too deep');
  });

  it('shows invisible characters of JSON as escapes', () => {
    const text = JSON.stringify('a\u202e\u{e0001}b');
    expect(visible(text)).to.equal('"a\\u202e\\udb40\\udc01b"');
    expect(JSON.parse(visible(text))).to.equal(JSON.parse(text));
  });

  it('shows invisible and bidirectional control characters as escapes', () => {
    expect(visible('a\u202eb\u0000c\n\u200bd')).to.equal('a\\u202eb\\u0000c\n\\u200bd');
  });

  it('splits JSON into tokens without loss', () => {
    const text = '{"a": [1.5e3, "x: \\"y\\"", true, null], "b": {}}';
    const split = [...tokens(text)] as { kind: string; text: string }[];
    expect(split.map((token) => token.text).join('')).to.equal(text);
    expect(split.filter((token) => token.kind).map((token) => `${token.kind} ${token.text}`)).to.deep.equal([
      'key "a"',
      'number 1.5e3',
      'string "x: \\"y\\""',
      'literal true',
      'literal null',
      'key "b"',
    ]);
  });
});

describe('Console: topics', () => {
  for (const [text, uri, match] of [
    ['com.example.topic', 'com.example.topic', 'exact'],
    ['com.ex-ample.Größe', 'com.ex-ample.Größe', 'exact'],
    ['wamp.session.on_join', 'wamp.session.on_join', 'exact'],
    ['com.example.*', 'com.example.', 'prefix'],
    ['com.exa*', 'com.exa', 'prefix'],
    ['*', '', 'prefix'],
    ['com..log', 'com..log', 'wildcard'],
    ['com.example.', 'com.example.', 'wildcard'],
  ]) {
    it(`reads “${text}” as ${match}`, () => expect(topicPattern(text)).to.deep.equal({ uri, match }));
  }

  for (const [text, message] of [
    ['', 'A topic is missing'],
    ['com. example', 'contains whitespace'],
    ['com.#', 'contains “#”'],
    ['com.*.log', 'as in com..log'],
  ] as const) {
    it(`reports what is wrong with “${text}”`, () => expect(() => topicPattern(text)).to.throw(RangeError, message));
  }
});

describe('Console: latency', () => {
  it('reads published_at with microseconds', () => {
    const whole = Date.UTC(2025, 10, 21, 12, 0, 0, 123);
    expect(publishedAt({ published_at: '2025-11-21T12:00:00.123456+00:00' })).to.be.closeTo(whole + 0.456, 0.001);
    expect(publishedAt({ published_at: '2025-11-21T13:00:00.123+01:00' })).to.equal(whole);
  });

  it('is undefined if the event has no time', () => {
    for (const value of [undefined, null, 5, 'yesterday', '']) {
      expect(publishedAt({ published_at: value })).to.equal(undefined);
    }
  });

  it('uses a clock that agrees with the system time', () => {
    const before = Date.now();
    const now = new Clock().now();
    expect(now).to.be.within(before - 50, Date.now() + 50);
  });
});

describe('Console: statistics', () => {
  it('compute the rate over the last complete seconds', () => {
    const statistics = new Statistics(0);
    for (let at = 100_000; at < 103_000; at += 10) statistics.add(at);
    expect(statistics.rate(103_500)).to.equal(100);
    expect(statistics.rate(104_500)).to.be.closeTo(66.7, 0.1);
    expect(statistics.total).to.equal(300);
  });

  it('remove seconds older than the window', () => {
    const statistics = new Statistics(0);
    statistics.add(1000, 5);
    const counts = (now: number) => statistics.seconds(now).map((second: { count: number }) => second.count);
    expect(counts((1 + SECONDS) * 1000).indexOf(1)).to.equal(0);
    expect(counts((2 + SECONDS) * 1000)).to.not.include(1);
    expect(statistics.latency((2 + SECONDS) * 1000)).to.deep.equal({ p50: undefined, p95: undefined });
  });

  it('contain nearest-rank percentiles per second and in total', () => {
    const statistics = new Statistics(0);
    for (let latency = 1; latency <= 100; latency++) statistics.add(105_000, latency);
    statistics.add(105_000);
    expect(statistics.seconds(106_000).at(-1)).to.deep.equal({ count: 101, p50: 50, p95: 95 });
    expect(statistics.latency(106_000)).to.deep.equal({ p50: 50, p95: 95 });
  });

  it('keep a sample of a burst', () => {
    const statistics = new Statistics(0);
    for (let index = 0; index < 20_000; index++) statistics.add(105_000, index % 100);
    const { count, p50 } = statistics.seconds(106_000).at(-1);
    expect(count).to.equal(20_000);
    expect(p50).to.be.within(25, 75);
  });
});

describe('Console: event log', () => {
  const shown = (log: { rows: { payloads: { text: string }[] }[] }) =>
    log.rows.map((row) => row.payloads.map((payload) => payload.text).join());

  it('keeps the latest rows only', () => {
    const log = new EventLog();
    for (let index = 0; index < 1000; index++) log.add(record([index]));
    expect(log.rows).to.have.length(ROWS);
    expect(shown(log).at(-1)).to.equal('[999]');
  });

  it('collects events while paused, and shows them afterwards', () => {
    const log = new EventLog();
    log.add(record([1]));
    log.paused = true;
    log.add(record([2]));
    expect([shown(log), log.held]).to.deep.equal([['[1]'], 1]);
    log.resume();
    expect([shown(log), log.held]).to.deep.equal([['[1]', '[2]'], 0]);
  });

  it('keeps the matches of a filter when other events fill the log', () => {
    const log = new EventLog();
    log.filter = ' QUIET ';
    log.add(record([1], 'com.example.quiet'));
    for (let index = 0; index < 1000; index++) log.add(record([index], 'com.example.loud'));
    expect(shown(log)).to.deep.equal(['[1]']);
    log.filter = '';
    expect(log.rows).to.have.length(ROWS);
  });

  it('filters by payload too, and clears', () => {
    const log = new EventLog();
    for (const name of ['Ada', 'Grace']) log.add(record([{ name }]));
    log.filter = 'ada';
    expect(shown(log)).to.deep.equal(['[{"name": "Ada"}]']);
    log.clear();
    log.filter = '';
    expect(log.rows).to.deep.equal([]);
  });

  it('keeps the newest large events completely, and the visible part of others', () => {
    const log = new EventLog();
    const large = Array.from({ length: 8 }, (_, index) =>
      record([index, 'x'.repeat(100_000)], 'com.example.a', KEPT / 4),
    );
    for (const event of large) log.add(event);
    expect(large.map(({ values }) => values !== undefined)).to.deep.equal([0, 0, 0, 0, 1, 1, 1, 1].map(Boolean));
    expect(large[0].payloads[0]).to.deep.include({ name: 'args', length: 100_013 });
    expect(large[7].whole('args')).to.have.length(100_013);
  });

  it('truncates a large payload, and shows its length', () => {
    const [payload] = record(['x'.repeat(100_000)], 'com.example.topic', 100_100).payloads;
    expect(payload.text).to.have.length(4000);
    expect(payload.length).to.be.above(100_000);
  });
});

describe('Console: formats', () => {
  it('prints numbers with their nouns', () => {
    expect([0, 1, 1234].map((value) => counted(value, 'events'))).to.deep.equal([
      '0 events',
      '1 event',
      '1,234 events',
    ]);
    expect(counted(1, 'published')).to.equal('1 published');
  });

  it('prints durations and rates', () => {
    expect([undefined, 0.834, 2.14, 43.6, 1234, 12_345].map(duration)).to.deep.equal([
      '–',
      '0.83 ms',
      '2.1 ms',
      '44 ms',
      '1,234 ms',
      '12.3 s',
    ]);
    expect([0, 0.333, 9.94, 1234.5].map(rate)).to.deep.equal(['0', '0.3', '9.9', '1,235']);
    expect(timeOfDay(new Date(2025, 10, 21, 9, 5, 7, 3).getTime())).to.equal('09:05:07.003');
  });

  it('prints sizes and ages', () => {
    expect([0, 912, 2048, 5 * 1024 ** 3].map(bytes)).to.deep.equal(['0 bytes', '912 bytes', '2 kB', '5 GB']);
    const now = Date.now();
    expect(since(now - 5000, now)).to.equal('5 seconds ago');
    expect(since(now - 180_000, now)).to.equal('3 minutes ago');
  });
});

describe('Console: event rows', () => {
  const summaryOf = (kwargs: Record<string, unknown>, args: unknown[] = []) =>
    new EventRecord('com.example.a', { publication: 1, details: {}, args, kwargs, size: 10 }, 0).summary;

  it('show the key and the changes of a changed row', () => {
    const [old, changed] = [
      { id: 3, name: 'Ada', state: 'new' },
      { id: 3, name: 'Ada', state: 'paid' },
    ];
    expect(summaryOf({ operation: 'UPDATE', old, new: changed })).to.deep.equal({
      operation: 'UPDATE',
      text: 'id=3  state: "new" → "paid"',
    });
    expect(summaryOf({ operation: 'DELETE', old: { id: 4 } })).to.deep.equal({ operation: 'DELETE', text: 'id=4' });
  });

  it('show the arguments of any other event', () => {
    expect(summaryOf({ b: 2 }, ['x', 1])).to.deep.equal({ operation: '', text: '"x"  1  b=2' });
  });
});

describe('Console: copies of an event', () => {
  it('are SQL, a command and JSON that publish the same event again', () => {
    const event = { topic: 'com.example.a', args: ["it's", 1], kwargs: { b: parse('1.10') } };
    expect(copiesOf(event)).to.deep.equal({
      SQL: `SELECT crossbar.publish('com.example.a', '["it''s",1]', '{"b":1.10}');`,
      command: `pgwamp publish --kwargs '{"b":1.10}' -- com.example.a '"it'\\''s"' 1`,
      JSON: pretty(event),
    });
  });
});

describe('Console: payload fields', () => {
  it('accept empty fields, and keep all digits', () => {
    expect(payloadOf('', ' ')).to.deep.equal({ args: [], kwargs: {} });
    expect(JSON.stringify(payloadOf('[9007199254740993]', '{}').args)).to.equal('[9007199254740993]');
  });

  for (const [args, kwargs, message] of [
    ['{}', '', 'no JSON array'],
    ['', '[1]', 'no JSON object'],
    ['[1', '', 'are not JSON'],
  ]) {
    it(`report what is wrong with ${args || kwargs}`, () => {
      expect(() => payloadOf(args, kwargs)).to.throw(RangeError, message);
    });
  }
});
