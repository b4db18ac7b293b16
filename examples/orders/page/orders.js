import { Wampy } from './wampy/wampy.js';

const [state, form, error, table] = ['state', 'order', 'error', 'orders'].map((id) => document.getElementById(id));

/** Changes that have come before the answer to the question for all orders; then undefined. */
let early = [];

const wamp = new Wampy('/ws', {
  realm: 'realm1',
  onReconnect: () => {
    state.textContent = 'Connecting…';
  },
  // In a turn of its own: the subscription is renewed first, so that no change is missed in between.
  onReconnectSuccess: () => void setTimeout(readAll),
});

form.addEventListener('submit', async (event) => {
  event.preventDefault();
  const { customer, item, pieces } = Object.fromEntries(new FormData(form));
  error.textContent = '';
  try {
    await wamp.call('com.example.place_order', { argsDict: { customer, item, pieces: Number(pieces) } });
    form.reset();
  } catch (problem) {
    error.textContent = `The order was not taken: ${problem.argsList?.[0] ?? problem.message}`;
  }
});

await wamp.connect();
await wamp.subscribe('com.example.orders', ({ argsList: [change] }) => (early ? early.push(change) : apply(change)));
await readAll();

async function readAll() {
  early ??= [];
  const { argsList } = await wamp.call('com.example.all_orders');
  table.replaceChildren();
  for (const row of argsList[0]) show(row);
  for (const change of early) apply(change);
  early = undefined;
  state.textContent = 'Live';
}

/** A message of the Proxy in its format "row". */
function apply({ action, key, row }) {
  if (action === 'delete') find(key.id)?.remove();
  else if (action === 'truncate') table.replaceChildren();
  else show(row).classList.add('changed');
}

function show({ id, customer, item, pieces, state }) {
  const line = document.createElement('tr');
  line.dataset.id = id;
  line.append(
    ...[customer, item, pieces, state].map((value) => {
      const cell = document.createElement('td');
      cell.textContent = value;
      return cell;
    }),
  );
  const former = find(id);
  if (former) former.replaceWith(line);
  else table.append(line);
  return line;
}

function find(id) {
  return table.querySelector(`[data-id="${id}"]`);
}
