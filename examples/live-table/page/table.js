import { connect } from './client.js';

const channel = 'table:public.stock';
const { url } = await (await fetch('gateway.json')).json();
const [state, rows, note] = ['state', 'rows', 'note'].map((id) => document.getElementById(id));

const client = connect(url, {
  channels: [channel],
  onMessage: ({ payload }) => apply(payload),
  onListening: readAll,
  onGap: readAll,
  onRefused: (_, reason) => {
    note.textContent = reason;
  },
  onState: (name) => {
    state.textContent = name === 'open' ? 'Live' : 'Connecting…';
  },
});

/** The rows as they are: asked for when every change comes, and after a gap. */
async function readAll() {
  try {
    const all = JSON.parse(await client.send('rows', channel));
    rows.replaceChildren();
    for (const row of all) show(row);
  } catch (error) {
    note.textContent = error.message;
  }
}

function apply(payload) {
  const { op, key, old_key: oldKey, row } = JSON.parse(payload);
  if (op === 'truncate') rows.replaceChildren();
  else if (op === 'delete') find(key.id)?.remove();
  else {
    if (oldKey) find(oldKey.id)?.remove();
    // JSON.parse would take 3.10 for 3.1.
    show({ ...row, price: /"price":([\d.]+)/.exec(payload)[1] }).classList.add('changed');
  }
  note.textContent = `Last change: ${op}`;
}

function show({ id, name, price, pieces }) {
  const item = document.createElement('tr');
  item.dataset.id = id;
  item.append(
    ...[name, price, pieces].map((value) => {
      const cell = document.createElement('td');
      cell.textContent = value;
      return cell;
    }),
  );
  const former = find(id);
  if (former) former.replaceWith(item);
  else rows.insertBefore(item, [...rows.children].find((other) => Number(other.dataset.id) > id) ?? null);
  return item;
}

function find(id) {
  return rows.querySelector(`[data-id="${id}"]`);
}
