import { connect } from './client.js';

const channel = 'boats';
const { url } = await (await fetch('gateway.json')).json();
const [state, zones, boats, list, log] = ['state', 'zones', 'boats', 'list', 'log'].map((id) =>
  document.getElementById(id),
);
const steps = { left: [-2, 0, '←'], up: [0, -2, '↑'], down: [0, 2, '↓'], right: [2, 0, '→'] };

const client = connect(url, {
  channels: [channel],
  onMessage: ({ payload }) => {
    const boat = JSON.parse(payload);
    draw(boat);
    for (const zone of boat.entered) tell(`${boat.name} enters ${zone}`);
    for (const zone of boat.left) tell(`${boat.name} leaves ${zone}`);
  },
  onListening: readAll,
  onGap: readAll,
  onState: (name) => {
    state.textContent = name === 'open' ? 'Live' : 'Connecting…';
  },
});

/** Where everything is: asked for when everything that changes comes, and after whatever may be missing. */
async function readAll() {
  try {
    const all = JSON.parse(await client.send('{}', channel));
    zones.replaceChildren(...all.zones.map(zoneOf));
    for (const boat of all.boats) draw(boat);
  } catch (error) {
    tell(error.message);
  }
}

function zoneOf({ name, outline }) {
  const points = outline.match(/\([^()]+\)/g).map((point) => point.slice(1, -1).split(',').map(Number));
  const group = svg('g', {});
  const lowest = points.reduce((one, other) => (other[1] > one[1] ? other : one));
  // Below the middle of a zone, where boats are most often.
  const label = svg('text', { x: points.reduce((sum, [x]) => sum + x, 0) / points.length, y: lowest[1] - 3 });
  label.textContent = name;
  group.append(svg('polygon', { points: points.join(' ') }), label);
  return group;
}

function draw({ id, name, colour, x, y }) {
  const group = document.getElementById(`boat-${id}`) ?? add(id, name, colour);
  group.dataset.position = `${x},${y}`;
  group.setAttribute('transform', `translate(${x} ${y})`);
}

function add(id, name, colour) {
  const group = svg('g', { id: `boat-${id}` });
  const label = svg('text', { y: -2.6 });
  label.textContent = name;
  group.append(svg('path', { d: 'M-2.2 -0.6h4.4l-1 2h-2.4zM-0.2 -1v-1.2l1.6 1.2z', fill: colour }), label);
  boats.append(group);
  list.append(controlsOf(id, name, colour));
  return group;
}

function controlsOf(id, name, colour) {
  const item = document.createElement('li');
  const swatch = document.createElement('span');
  swatch.className = 'swatch';
  swatch.style.background = colour;
  const title = document.createElement('b');
  title.textContent = name;
  const buttons = Object.entries(steps).map(([direction, [x, y, arrow]]) => {
    const button = document.createElement('button');
    button.textContent = arrow;
    button.setAttribute('aria-label', `Move ${name} ${direction}`);
    button.addEventListener('click', () => {
      client.send(JSON.stringify({ boat: id, x, y }), channel).catch((error) => tell(error.message));
    });
    return button;
  });
  item.append(swatch, title, ...buttons);
  return item;
}

function tell(text) {
  const item = document.createElement('li');
  item.textContent = `${new Date().toLocaleTimeString()} ${text}`;
  log.prepend(item);
  if (log.children.length > 100) log.lastChild.remove();
}

function svg(name, attributes) {
  const element = document.createElementNS('http://www.w3.org/2000/svg', name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  return element;
}
