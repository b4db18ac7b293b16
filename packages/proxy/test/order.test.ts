import { waitFor } from '@pgwamp/harness';
import { expect } from 'chai';
import type { OutgoingMessage } from '../src/sinks/sink.ts';
import { refusal } from './support/recording-sink.ts';
import { prepareStage, type Stage } from './support/stage.ts';

/** A broker that refuses what has "poison" in it. */
function refusePoison({ broker }: Stage): void {
  broker.judge = ({ payload }: OutgoingMessage) => (String(payload).includes('poison') ? refusal() : undefined);
}

async function parked(stage: Stage): Promise<string[]> {
  const rows = await stage.run(
    `SELECT state || ' ' || coalesce(convert_from(payload, 'UTF8')::json->'row'->>'item', '') AS text FROM crossbar.parked_message ORDER BY id`,
  );
  return rows.map(({ text }) => String(text));
}

function items(stage: Stage): unknown[] {
  return stage.broker.rows().map((row) => (row as { item: string }).item);
}

describe('Proxy: order of a key', () => {
  it('is kept when a message is parked: later ones of the key wait, other keys continue', async () => {
    await using stage = await prepareStage();
    refusePoison(stage);
    await using proxy = await stage.start();
    await stage.run(`INSERT INTO orders VALUES (1, 'one'), (2, 'poison'), (3, 'three');
      UPDATE orders SET item = 'later' WHERE id = 2; UPDATE orders SET item = 'other' WHERE id = 3`);
    await stage.broker.has(3);
    await waitFor(() => proxy.status().sinks.broker?.parked === 2, { what: 'two parked messages' });
    expect(items(stage)).to.deep.equal(['one', 'three', 'other']);
    expect(await parked(stage)).to.deep.equal(['parked poison', 'waiting later']);
    await stage.run(`UPDATE orders SET item = 'last' WHERE id = 2`);
    await waitFor(async () => (await parked(stage)).length === 3, { what: 'a third one that waits' });
    stage.broker.judge = () => undefined;
    await stage.run(`SELECT crossbar.retry_parked(min(id)) FROM crossbar.parked_message`);
    await stage.broker.has(6);
    expect(items(stage).slice(3)).to.deep.equal(['poison', 'later', 'last']);
    await waitFor(async () => (await parked(stage)).length === 0, { what: 'nothing to be parked' });
    await stage.run(`UPDATE orders SET item = 'free' WHERE id = 2`);
    await stage.broker.has(7);
  });

  it('continues without the parked message after it is discarded', async () => {
    await using stage = await prepareStage();
    refusePoison(stage);
    await using _proxy = await stage.start();
    await stage.run(`INSERT INTO orders VALUES (2, 'poison'); UPDATE orders SET item = 'later' WHERE id = 2`);
    await waitFor(async () => (await parked(stage)).length === 2, { what: 'two parked messages' });
    await stage.run(`SELECT crossbar.discard_parked(min(id)) FROM crossbar.parked_message`);
    await stage.broker.has(1);
    expect(items(stage)).to.deep.equal(['later']);
  });

  it('is not kept with parked_keys "continue"', async () => {
    await using stage = await prepareStage();
    refusePoison(stage);
    const sinks = { broker: stage.sink(stage.broker, { parked_keys: 'continue' }) };
    await using _proxy = await stage.start({ sinks });
    await stage.run(`INSERT INTO orders VALUES (2, 'poison'); UPDATE orders SET item = 'later' WHERE id = 2`);
    await stage.broker.has(1);
    expect(items(stage)).to.deep.equal(['later']);
    expect(await parked(stage)).to.deep.equal(['parked poison']);
  });

  it('is kept with on_refused "hold": everything waits until the broker accepts the message', async () => {
    await using stage = await prepareStage();
    refusePoison(stage);
    const sinks = { broker: stage.sink(stage.broker, { on_refused: 'hold' }) };
    await using proxy = await stage.start({ sinks });
    await stage.run(`INSERT INTO orders VALUES (1, 'one'), (2, 'poison')`);
    await waitFor(() => (proxy.status().sinks.broker?.refused ?? 0) > 1, { what: 'the message to be refused again' });
    expect(proxy.status().reconnects).to.be.above(0);
    stage.broker.judge = () => undefined;
    await stage.broker.has(2);
    expect(items(stage)).to.deep.equal(['one', 'poison']);
  });

  it('continues with on_refused "discard", which counts the dropped message', async () => {
    await using stage = await prepareStage();
    refusePoison(stage);
    const sinks = { broker: stage.sink(stage.broker, { on_refused: 'discard' }) };
    await using proxy = await stage.start({ sinks });
    await stage.run(`INSERT INTO orders VALUES (1, 'poison'); UPDATE orders SET item = 'later' WHERE id = 1`);
    await stage.broker.has(1);
    expect(items(stage)).to.deep.equal(['later']);
    expect(proxy.status().sinks.broker).to.include({ refused: 1, discarded: 1, parked: 0 });
  });
});
