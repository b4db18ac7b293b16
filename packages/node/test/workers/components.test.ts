import { waitFor } from '@pgwamp/harness';
import { rejection } from '@pgwamp/harness/fixtures/rejection';
import { expect } from 'chai';
import { pino } from 'pino';
import { Components } from '../../src/workers/components.ts';
import { createFolder } from '../support/folder.ts';

/** A class that tells what happens to its components, and fails as its configuration says. */
const own = `
export const events = [];
let starts = 0;
export class Own {
  constructor({ extra }) {
    if (extra.isWrong) throw new Error('wrong extra');
    this.extra = extra;
  }
  async start() {
    events.push('start ' + this.extra.name);
    if (this.extra.failures > starts++) throw new Error('not yet');
  }
  async stop() {
    events.push('stop ' + this.extra.name);
  }
}`;

async function openStage() {
  await using stack = new AsyncDisposableStack();
  const folder = stack.use(await createFolder({ 'own.js': own }));
  const log: string[] = [];
  const write = (line: string) => log.push((JSON.parse(line) as { msg: string }).msg);
  const components = new Components({ folder: folder.path, log: pino({}, { write }) });
  stack.defer(() => components.stop());
  const { events } = (await import(`${folder.path}/own.js`)) as { events: string[] };
  const kept = stack.move();
  return {
    components,
    events,
    log,
    states: () => components.report().map(({ id, state }) => `${id} ${state}`),
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}

function component(id: string, extra: object = {}) {
  const transport = { type: 'websocket', url: 'ws://127.0.0.1:9/ws' };
  return { id, classname: './own.js:Own', realm: 'realm1', transport, extra: { name: id, ...extra } };
}

describe('Components of a worker', () => {
  it('are those of the last change, also if it arrives before the previous one is applied', async () => {
    await using stage = await openStage();
    await Promise.all([
      stage.components.apply([component('one'), component('kept')]),
      stage.components.apply([component('two'), component('kept')]),
    ]);
    expect(stage.states()).to.deep.equal(['kept running', 'two running']);
    expect(stage.events.filter((event) => event.endsWith('kept'))).to.deep.equal(['start kept']);
    expect(stage.events.at(-1)).to.equal('start two');
  });

  it('return when a change that cannot be applied is reverted', async () => {
    await using stage = await openStage();
    await stage.components.apply([component('one')]);
    const error = await rejection(stage.components.apply([component('one', { isWrong: true }), component('two')]));
    expect(error.message).to.equal('wrong extra');
    expect(stage.states()).to.deep.equal(['two running']);
    await stage.components.apply([component('one')]);
    expect(stage.states()).to.deep.equal(['one running']);
    expect(stage.events).to.deep.equal(['start one', 'stop one', 'start two', 'stop two', 'start one']);
  });

  it('are reported as stopped if they cannot start, and are started again', async () => {
    await using stage = await openStage();
    const error = await rejection(stage.components.apply([component('late', { failures: 2 })]));
    expect(error.message).to.equal('not yet');
    expect(stage.states()).to.deep.equal(['late stopped']);
    await waitFor(() => stage.states()[0] === 'late running', { what: 'the component to run', deadline: 20_000 });
    expect(stage.log).to.include('component late cannot start: not yet');
  });
});
