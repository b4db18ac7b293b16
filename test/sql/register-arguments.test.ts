import { rows } from '@pgwamp/harness/fixtures/sql-database';
import { type EndpointStage, openEndpointStage } from '@pgwamp/harness/fixtures/sql-endpoints';
import { errorOf } from '@pgwamp/harness/fixtures/sql-error';
import { expect } from 'chai';

const invalidParameterValue = '22023';

const uriRule = /one or more parts joined by "\."/;
const prefixRule = /^A prefix is the beginning of a URI/;
const wildcardRule = /^A wildcard is a URI in which a part that is empty stands for any/;
const reserved = /belong to the router and to pgwamp/;

/** URIs by match: what is taken, and what is refused with which hint. */
const uris = {
  exact: {
    right: [
      'com',
      'com.example.procedure',
      'com.\u00fcber',
      `com.'quoted'; DROP "x"`.replaceAll(' ', '_'),
      'wamp',
      'wampum.a',
    ],
    wrong: ['', 'com.', '.com', 'com..a', 'com.a b', 'com.a#', 'com.a\n'],
    hint: uriRule,
  },
  prefix: {
    right: ['', 'com', 'com.', 'com.exa', 'com.example.'],
    wrong: ['.', '.com', 'com..', 'com..a', 'com.a b', 'com.#'],
    hint: prefixRule,
  },
  wildcard: {
    right: ['', '.', 'com..changed', '..', 'com.', 'com.a'],
    wrong: ['com. .a', 'com.#', '\t'],
    hint: wildcardRule,
  },
} as const;

/** The two functions: how each calls its URI, and what an option of each takes and does not take. */
const booleans = { right: ['true', 'false'], wrong: ['null', '0', '"true"', '[]'], rule: 'true or false' };
const shared = {
  match: {
    right: ['"exact"', '"prefix"', '"wildcard"'],
    wrong: ['"Prefix"', '""', 'null', '1', '["prefix"]', '[]', '{}'],
    rule: '"exact", "prefix" or "wildcard"',
  },
  concurrency: {
    right: ['1', '2147483647', '5.0'],
    wrong: ['0', '-1', '1.5', '2147483648', '1e300', '"1"', 'null', '[1]', '[]'],
    rule: 'a positive integer',
  },
  retries: {
    right: ['0', '100'],
    wrong: ['-1', '101', '0.5', '"3"', 'null', '[3]'],
    rule: 'an integer from 0 to 100',
  },
  run_as: {
    right: ['"caller"'],
    wrong: ['null', 'true', '1', '["caller"]', '{}'],
    rule: 'the name of a role, or "caller"',
  },
};
const interfaces = [
  {
    name: 'register',
    argument: 'procedure',
    unknown: ['get_retained', 'queue_group', 'Match', 'eligible', '', `'; DROP TABLE crossbar._endpoint; --`],
    all: 'The options of a registration are match, invoke, concurrency, force_reregister, disclose_caller, run_as, retries.',
    options: {
      ...shared,
      invoke: {
        right: ['"single"', '"roundrobin"', '"random"', '"first"', '"last"'],
        wrong: ['"all"', 'null', '1', '["first"]'],
        rule: '"single", "roundrobin", "random", "first" or "last"',
      },
      force_reregister: booleans,
      disclose_caller: booleans,
    },
  },
  {
    name: 'subscribe',
    argument: 'topic',
    unknown: ['invoke', 'force_reregister', 'disclose_caller', 'exclude_me', '\u00fc"'],
    all: 'The options of a subscription are match, get_retained, concurrency, queue_group, run_as, retries.',
    options: {
      ...shared,
      get_retained: booleans,
      queue_group: {
        right: ['"one"', `"'; DROP TABLE crossbar._endpoint; --"`, `"${'\u{1f600}'.repeat(200)}"`],
        wrong: ['""', 'null', '1', '["one"]', `"${'x'.repeat(201)}"`],
        rule: 'a string of 1 to 200 characters',
      },
    },
  },
];

function call({ sql }: EndpointStage, name: string, uri: string | null, options: string | null) {
  return sql.query(`SELECT crossbar.${name}($1, 'add2(integer, integer)', $2)`, [uri, options]);
}

describe('Arguments of crossbar.register and crossbar.subscribe', () => {
  it('are a URI, a prefix or a wildcard, according to the option match', async () => {
    await using stage = await openEndpointStage();
    for (const { name, argument } of interfaces) {
      for (const [match, { right, wrong, hint }] of Object.entries(uris)) {
        const options = JSON.stringify({ match, run_as: 'caller' });
        for (const uri of right) await call(stage, name, uri, options);
        for (const uri of [...wrong, null]) {
          const error = await errorOf(call(stage, name, uri, options));
          const what = match === 'exact' ? 'a WAMP URI' : `a pattern to match by ${match}`;
          const shown = uri === null ? 'NULL' : `'${uri}'`;
          expect(error.message).to.equal(`${argument} is not ${what}: ${shown}`);
          expect(error.code).to.equal(invalidParameterValue);
          expect(error.hint).to.match(hint);
        }
        const long = `com.${'\u00fc'.repeat(498)}`;
        const error = await errorOf(call(stage, name, `${long}x`, options));
        expect(error).to.include({ code: invalidParameterValue, message: `${argument} has 1001 bytes` });
        expect(error.hint).to.match(/at most 1000 bytes/);
        await call(stage, name, long, options);
        for (const uri of ['wamp.session.count', 'crossbar.a']) {
          const error = await errorOf(call(stage, name, uri, options));
          expect(error).to.include({ code: invalidParameterValue, message: `${argument} is reserved: '${uri}'` });
          expect(error.hint).to.match(reserved);
        }
      }
    }
    const kept = await rows<{ uri: string }>(
      stage.sql,
      'SELECT uri FROM crossbar._endpoint WHERE octet_length(uri) < 1000 ORDER BY id',
    );
    const taken = Object.values(uris).flatMap(({ right }): readonly string[] => right);
    expect(kept.map(({ uri }) => uri)).to.deep.equal([...taken, ...taken]);
  });

  it('may contain every option with a value of its type, and no unknown option', async () => {
    await using stage = await openEndpointStage();
    for (const { name, unknown, all, options } of interfaces) {
      for (const [option, { right, wrong, rule }] of Object.entries(options)) {
        const more = option === 'run_as' ? '' : ', "run_as": "crossbar"';
        for (const json of right) await call(stage, name, 'com.a', `{"${option}": ${json}${more}}`);
        for (const json of wrong) {
          const error = await errorOf(call(stage, name, 'com.a', `{"${option}":${json}${more}}`));
          const value = json === '1e300' ? `1${'0'.repeat(300)}` : json;
          expect(error.message).to.equal(`option '${option}' is ${value}`);
          expect(error).to.include({ code: invalidParameterValue, hint: `Option '${option}' is ${rule}.` });
        }
      }
      for (const option of unknown) {
        const error = await errorOf(call(stage, name, 'com.a', JSON.stringify({ [option]: true })));
        expect(error.message).to.equal(`options has an unknown option: '${option.replaceAll("'", "''")}'`);
        expect(error).to.include({ code: invalidParameterValue, hint: all });
      }
      for (const [json, type] of [
        ['[]', 'array'],
        ['null', 'null'],
        ['"x"', 'string'],
      ] as const) {
        const error = await errorOf(call(stage, name, 'com.a', json));
        expect(error).to.include({ code: invalidParameterValue, message: `options is a JSON ${type}, not an object` });
      }
    }
  });

  it('may not disable the disclosure that run_as "caller" needs', async () => {
    await using stage = await openEndpointStage();
    const both = '{"run_as": "caller", "disclose_caller": false}';
    const error = await errorOf(call(stage, 'register', 'com.a', both));
    expect(error.message).to.equal(`option 'disclose_caller' is false, and option 'run_as' is "caller"`);
    expect(error.code).to.equal(invalidParameterValue);
    expect(error.hint).to.match(/Leave disclose_caller out\.$/);
    await call(stage, 'register', 'com.a', '{"run_as": "crossbar", "disclose_caller": false}');
  });
});
