import { connect } from './client.js';

const { url } = await (await fetch('gateway.json')).json();
const [author, room, body] = ['author', 'room', 'body'].map((id) => document.getElementById(id));
const [state, list, problem] = ['state', 'messages', 'problem'].map((id) => document.getElementById(id));
const sayFields = document.querySelectorAll('#say :disabled');

/** The connection to the room, once somebody has joined. */
let client;
/** The ids of the messages that are shown: what was said before and what comes may overlap. */
const shown = new Set();

document.getElementById('join').addEventListener('submit', (event) => {
  event.preventDefault();
  client?.close();
  list.replaceChildren();
  shown.clear();
  problem.textContent = '';
  join(`room:${room.value}`);
});

document.getElementById('say').addEventListener('submit', async (event) => {
  event.preventDefault();
  try {
    await client.send(JSON.stringify({ author: author.value, body: body.value }));
    body.value = '';
    problem.textContent = '';
  } catch (error) {
    problem.textContent = error.message;
  }
});

function join(channel) {
  const current = connect(url, {
    channels: [channel],
    onMessage: ({ payload }) => show(JSON.parse(payload)),
    // From here on everything comes; what was said before is asked for now, and after whatever may be missing.
    onListening: () => readAgain(current, channel),
    onGap: () => readAgain(current, channel),
    onRefused: (_, reason) => {
      problem.textContent = reason;
    },
    onState: (name) => {
      state.textContent = { open: `In ${channel.slice(5)}`, closed: 'Not connected' }[name] ?? 'Connecting…';
      for (const field of sayFields) field.disabled = name !== 'open';
    },
  });
  client = current;
  body.focus();
}

async function readAgain(current, channel) {
  try {
    for (const message of JSON.parse(await current.send('{"last": 50}', channel))) show(message);
  } catch (error) {
    // A connection that was lost comes back, and asks again.
    problem.textContent = current === client ? error.message : '';
  }
}

function show({ id, author: from, body: text, at }) {
  if (shown.has(id)) return;
  shown.add(id);
  const item = document.createElement('li');
  item.dataset.id = id;
  item.className = from === author.value ? 'own' : '';
  const line = document.createElement('small');
  line.textContent = `${from}, ${new Date(at).toLocaleTimeString()}`;
  item.append(line, text);
  // In the order in which they were written, whichever way they come.
  const next = [...list.children].find((other) => Number(other.dataset.id) > id);
  list.insertBefore(item, next ?? null);
  list.parentElement.scrollTop = list.parentElement.scrollHeight;
}
