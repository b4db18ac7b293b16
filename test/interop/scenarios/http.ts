import { expect } from 'chai';
import type { Scenario, Stage } from './scenario.ts';

interface Answer {
  readonly status: number;
  readonly body: unknown;
}

async function post(url: string, body: string): Promise<Answer> {
  const response = await fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body });
  const text = await response.text();
  return { status: response.status, body: text.startsWith('{') ? JSON.parse(text) : text };
}

async function publish({ peer, http, uri }: Stage) {
  const subscriber = await peer();
  await subscriber.request(32, {}, uri('topic'));
  const message = { topic: uri('topic'), args: [1, 'two'], kwargs: { three: 3 } };
  const { status, body } = await post(`${http}/publish`, JSON.stringify(message));
  expect(status).to.equal(200);
  expect(body).to.have.property('id').that.is.a('number');
  expect((await subscriber.messages.next('EVENT')).slice(4)).to.deep.equal([[1, 'two'], { three: 3 }]);
}

async function call({ peer, http, uri }: Stage) {
  const callee = await peer();
  await callee.request(64, {}, uri('add'));
  const answer = post(`${http}/call`, JSON.stringify({ procedure: uri('add'), args: [2, 3] }));
  const [, invocation, , , args] = await callee.messages.next('INVOCATION');
  expect(args).to.deep.equal([2, 3]);
  callee.send([70, invocation, {}, [5]]);
  expect(await answer).to.deep.equal({ status: 200, body: { args: [5] } });
}

async function failingCall({ peer, http, uri }: Stage) {
  const callee = await peer();
  await callee.request(64, {}, uri('fail'));
  const answer = post(`${http}/call`, JSON.stringify({ procedure: uri('fail') }));
  const [, invocation] = await callee.messages.next('INVOCATION');
  callee.send([8, 68, invocation, {}, 'com.example.error.teapot', ['short', 'stout']]);
  const { status, body } = await answer;
  expect(status).to.equal(200);
  expect(body).to.include({ error: 'com.example.error.teapot' });
}

async function notJson({ http }: Stage) {
  expect((await post(`${http}/publish`, '{"topic"')).status).to.equal(400);
}

async function malformedTopic({ http }: Stage) {
  const { status, body } = await post(`${http}/publish`, JSON.stringify({ topic: 'com..example topic', args: [] }));
  expect(status).to.equal(200);
  expect(body).to.include({ error: 'wamp.error.invalid_uri' });
}

export const http: readonly Scenario[] = [
  { name: 'publishes an event posted over HTTP', run: publish, raw: true },
  { name: 'answers a call posted over HTTP with its result', run: call, raw: true },
  { name: 'answers a posted call with the error of the procedure', run: failingCall, raw: true },
  { name: 'answers malformed JSON with status 400', run: notJson, raw: true },
  { name: 'answers a posted event with a malformed topic with its error', run: malformedTopic, raw: true },
];
