import { expect } from 'chai';
import { CloudEventsFormat, defaultHeaderPrefix } from '../../src/formats/cloudevents.ts';
import { RowFormat } from '../../src/formats/row.ts';
import { openChangeLog } from '../support/change-log.ts';

const noRows = { write: () => undefined };

function textEvent(payload: string, mode: 'structured' | 'binary' = 'structured', channel = 'orders') {
  const format = new CloudEventsFormat({ mode, source: '/db/chän%nel "x"', headerPrefix: defaultHeaderPrefix }, noRows);
  return format.write({ id: '7', channel, payload });
}

describe('Format cloudevents', () => {
  it('writes a row change as a structured event', async () => {
    await using log = await openChangeLog(undefined, 'CREATE TABLE a (id int8 PRIMARY KEY)');
    await log.run('INSERT INTO a VALUES (9223372036854775807)');
    const rows = new RowFormat(log.types, log.keys);
    const [text = ''] = await log.written(
      new CloudEventsFormat({ mode: 'structured', source: '/db', headerPrefix: '' }, rows),
    );
    const { data, id, time, ...event } = JSON.parse(text);
    expect(event).to.deep.equal({
      specversion: '1.0',
      source: '/db',
      type: 'pgwamp.row.insert',
      subject: 'public.a',
      datacontenttype: 'application/json',
    });
    expect(data).to.include({ id, time, action: 'insert' });
    expect(text).to.contain('"row":{"id":9223372036854775807}');
  });

  it('contains JSON data if the text is JSON, and a string otherwise', () => {
    expect(textEvent('{"a": 1.10}')).to.deep.include({ contentType: 'application/cloudevents+json' });
    expect(textEvent('{"a": 1.10}')?.payload).to.contain('"datacontenttype":"application/json","data":{"a": 1.10}}');
    expect(textEvent('{"a": ')?.payload).to.contain('"data":"{\\"a\\": "}');
    expect(textEvent('a "text"')?.payload).to.contain('"datacontenttype":"text/plain","data":"a \\"text\\""}');
  });

  it('puts attributes into headers in binary mode, escaped as HTTP requires', () => {
    expect(textEvent('{"a":1}', 'binary', 'a b')).to.deep.equal({
      payload: '{"a":1}',
      contentType: 'application/json',
      headers: {
        'ce-specversion': '1.0',
        'ce-id': '7',
        'ce-source': '/db/ch%C3%A4n%25nel%20%22x%22',
        'ce-type': 'pgwamp.message',
        'ce-subject': 'a%20b',
      },
    });
  });
});
