import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { waitFor } from '@pgwamp/harness';
import { expect } from 'chai';
import { openPage, type RunningGateway, startGateway } from '../support/browser-gateway.ts';
import { createFolder } from '../support/folder.ts';

/** A page as the README of pg_eventserv has one: a socket without a subprotocol, and what it says on the page. */
const page = (port: number, ...channels: string[]) => `<!doctype html>
<title>Client</title>
<p id="status"></p>
<pre id="display"></pre>
<script>
  for (const channel of ${JSON.stringify(channels)}) {
    const socket = new WebSocket('ws://localhost:${port}/listen/' + channel);
    const say = (text) => { document.getElementById('status').textContent += text + ' '; };
    socket.onopen = () => say('open');
    socket.onerror = () => say('error');
    socket.onclose = (event) => say('closed:' + event.code);
    socket.onmessage = (event) => { document.getElementById('display').textContent += event.data + '\\n'; };
  }
</script>`;

/** Opens such a page from a file, notifies, and returns what it shows. */
async function shownBy(running: RunningGateway, channels: string[], notify: string, lines: number): Promise<string> {
  await using folder = await createFolder({ 'client.html': page(running.port, ...channels) });
  await using watched = await openPage();
  await watched.page.goto(`file://${folder.path}/client.html`);
  const status = () => watched.page.textContent('#status');
  const open = channels.map(() => 'open ').join('');
  await waitFor(async () => (await status()) === open, { what: 'the sockets to be open' });
  await running.sql.query(notify);
  const display = () => watched.page.textContent('#display');
  const isWhole = async () => ((await display()) ?? '').split('\n').length > lines;
  await waitFor(isWhole, { what: `${lines} messages` });
  return (await display()) ?? '';
}

/** The SQL that the README of pg_eventserv asks its users to install, rewritten. */
const people = `
  CREATE TABLE people (name text, age integer, ts timestamptz DEFAULT now(), height real);
  CREATE FUNCTION tell_change() RETURNS trigger LANGUAGE plpgsql AS $$
  BEGIN
    IF NEW.height >= 2.0 THEN PERFORM pg_notify('people', row_to_json(NEW)::text); END IF;
    RETURN NEW;
  END $$;
  CREATE TRIGGER tell_change BEFORE INSERT OR UPDATE ON people FOR EACH ROW EXECUTE FUNCTION tell_change()`;

describe('Page written for pg_eventserv', function () {
  this.timeout(60_000);

  it('receives the rows that pass the filter of a trigger, when opened from a file', async () => {
    await using running = await startGateway({}, people);
    const changes = `
      INSERT INTO people (name, age, height) VALUES ('Ada', 51, 1.6), ('Grace', 52, 2.1);
      UPDATE people SET height = 2.5 WHERE name = 'Ada'`;
    const rows = (await shownBy(running, ['people'], changes, 2)).trim().split('\n');
    const [grace, ada] = rows.map((row) => JSON.parse(row));
    expect(grace).to.include({ name: 'Grace', age: 52, height: 2.1 }).and.have.property('ts');
    expect(ada).to.include({ name: 'Ada', height: 2.5 });
    expect(rows).to.have.length(2);
  });

  it('may open a second socket while the first is open', async () => {
    await using running = await startGateway();
    expect(await shownBy(running, ['people', 'people'], `NOTIFY people, 'hello'`, 2)).to.equal('hello\nhello\n');
  });

  it('distinguishes channels by case', async () => {
    await using running = await startGateway();
    const notify = `NOTIFY public, 'lower'; NOTIFY "PUBLIC", 'upper'; NOTIFY "Public", 'right'`;
    expect(await shownBy(running, ['Public'], notify, 1)).to.equal('right\n');
  });

  it('may write a name into the address without encoding it', async () => {
    await using running = await startGateway();
    const names = ['Öl und Gas', 'a+b&c=d', `it's`];
    const notify = names.map((name, index) => `SELECT pg_notify('${name.replace("'", "''")}', '${index}')`).join(';');
    const shown = await shownBy(running, names, notify, names.length);
    expect(shown.trim().split('\n').toSorted()).to.deep.equal(['0', '1', '2']);
  });

  it('may have another origin, and receives exactly the notified text', async () => {
    await using running = await startGateway();
    await using resources = new AsyncDisposableStack();
    const server = createServer((_, response) => response.end('<!doctype html><title>Client</title>'));
    resources.defer(() => void server.close());
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    await using watched = await openPage();
    await watched.page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
    const received = watched.page.evaluate(`new Promise((resolve) => {
      const socket = new WebSocket('ws://127.0.0.1:${running.port}/listen/people');
      socket.onopen = () => document.body.setAttribute('data-open', 'yes');
      socket.onmessage = ({ data }) => resolve(data);
    })`);
    await watched.page.waitForSelector('[data-open]', { state: 'attached' });
    const payload = `  {"a": 1.50} — \u{1F600} "'\\ `;
    await running.sql.query('SELECT pg_notify($1, $2)', ['people', payload]);
    expect(await received).to.equal(payload);
    server.closeAllConnections();
  });
});
