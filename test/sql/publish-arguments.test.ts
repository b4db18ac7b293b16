import { errorOf } from '@pgwamp/harness/fixtures/sql-error';
import { openStage } from '@pgwamp/harness/fixtures/sql-stage';
import { expect } from 'chai';

const invalidParameterValue = '22023';
const uriRule = /one or more parts joined by "\."/;

/** Each a call of crossbar.publish, with what the message and the hint say. */
const refused: readonly [call: string, message: string | RegExp, hint: RegExp][] = [
  [`NULL`, 'topic is not a WAMP URI: NULL', uriRule],
  [`''`, `topic is not a WAMP URI: ''`, uriRule],
  [`'com..topic'`, `topic is not a WAMP URI: 'com..topic'`, uriRule],
  [`'.com'`, `topic is not a WAMP URI: '.com'`, uriRule],
  [`'com.'`, `topic is not a WAMP URI: 'com.'`, uriRule],
  [`'com.a b'`, `topic is not a WAMP URI: 'com.a b'`, uriRule],
  [`'com.a#b'`, `topic is not a WAMP URI: 'com.a#b'`, uriRule],
  [`E'com.a\\nb'`, `topic is not a WAMP URI: 'com.a\nb'`, uriRule],
  [`E'com.a\\n'`, `topic is not a WAMP URI: 'com.a\n'`, uriRule],
  [`NULL, autonomous => true`, 'topic is not a WAMP URI: NULL', uriRule],
  [`'wamp.session.on_join'`, `topic is reserved: 'wamp.session.on_join'`, /belong to the router and to pgwamp/],
  [`'crossbar.anything'`, `topic is reserved: 'crossbar.anything'`, /belong to the router and to pgwamp/],
  [`'com.topic', '{}'`, 'args is a JSON object, not an array', /JSON array/],
  [`'com.topic', 'null'`, 'args is a JSON null, not an array', /JSON array/],
  [`'com.topic', '"text"'`, 'args is a JSON string, not an array', /JSON array/],
  [`'com.topic', '5', autonomous => true`, 'args is a JSON number, not an array', /JSON array/],
  [`'com.topic', NULL, '[]'`, 'kwargs is a JSON array, not an object', /JSON object/],
  [`'com.topic', kwargs => 'null'`, 'kwargs is a JSON null, not an object', /JSON object/],
  [`'com.topic', kwargs => 'true'`, 'kwargs is a JSON boolean, not an object', /JSON object/],
  [`'com.topic', options => '[]'`, 'options is a JSON array, not an object', /JSON object/],
  [`'com.topic', options => 'null'`, 'options is a JSON null, not an object', /JSON object/],
  [`'com.topic', options => '{"exlude": []}'`, `options has an unknown option: 'exlude'`, /exclude_authrole/],
];

const booleans = ['acknowledge', 'exclude_me', 'disclose_me', 'retain'];
const sessionLists = ['exclude', 'eligible'];
const stringLists = ['exclude_authid', 'exclude_authrole', 'eligible_authid', 'eligible_authrole'];

/** Values that an option of each kind takes and does not take. */
const kinds = [
  { options: booleans, rule: 'true or false', right: ['true', 'false'], wrong: ['null', '1', '"true"', '[]'] },
  {
    options: sessionLists,
    rule: 'an array of WAMP session ids',
    right: ['[]', '[1]', '[9007199254740992, 7]', '[5.0]'],
    wrong: ['null', '5', '{}', '["5"]', '[0]', '[-1]', '[1.5]', '[9007199254740993]', '[null]', '[[1]]', '[{}]'],
  },
  {
    options: stringLists,
    rule: 'an array of strings',
    right: ['[]', '["joe"]', '["", "jörg"]'],
    wrong: ['null', '"joe"', '{}', '[1]', '["joe", null]', '[["joe"]]'],
  },
];

describe('Arguments of crossbar.publish', () => {
  it('are refused with SQLSTATE 22023, the name of the argument and the rule as HINT', async () => {
    await using stage = await openStage();
    for (const [call, message, hint] of refused) {
      const error = await errorOf(stage.sql.query(`SELECT crossbar.publish(${call})`));
      expect(error.code, call).to.equal(invalidParameterValue);
      expect(error.message, call).to.equal(message);
      expect(error.hint, call).to.match(hint);
    }
  });

  it('may contain every WAMP option with a value of its type', async () => {
    await using stage = await openStage();
    for (const { options, right } of kinds) {
      for (const option of options) {
        for (const json of right) {
          const { rowCount } = await stage.sql.query(`SELECT crossbar.publish('com.topic', options => $1)`, [
            `{"${option}": ${json}}`,
          ]);
          expect(rowCount, `${option} ${json}`).to.equal(1);
        }
      }
    }
  });

  it('are refused if an option has another type', async () => {
    await using stage = await openStage();
    for (const { options, wrong, rule } of kinds) {
      for (const option of options) {
        for (const json of wrong) {
          const call = stage.sql.query(`SELECT crossbar.publish('com.topic', options => $1)`, [
            `{"${option}":${json}}`,
          ]);
          const error = await errorOf(call);
          expect(error.code, `${option} ${json}`).to.equal(invalidParameterValue);
          expect(error.message).to.equal(`option '${option}' is ${json}`);
          expect(error.hint).to.equal(`Option '${option}' is ${rule}.`);
        }
      }
    }
  });

  it('abort only their own transaction if they are wrong', async () => {
    await using stage = await openStage(['com.topic']);
    await errorOf(stage.sql.query(`SELECT crossbar.publish('com.topic'), crossbar.publish('')`));
    await stage.sql.query(`SELECT crossbar.publish('com.topic', '["next"]')`);
    expect(await stage.client.next()).to.deep.equal({ topic: 'com.topic', payload: ',["next"]' });
  });
});
