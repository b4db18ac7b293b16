import { drawItems } from './draw-items.js';
import { drawLists } from './draw-lists.js';
import { element, hide } from './elements.js';
import { keepCredentials, keptCredentials, signIn } from './session.js';
import { wordsFor } from './words.js';

/** All that the page knows; it is read again from the database whenever something has changed. */
const state = { me: '', people: [], lists: [], opened: undefined, items: [] };

/** The session of whoever has signed in. */
export let session;

element('sign-in').addEventListener('submit', (event) => {
  event.preventDefault();
  return attempt(() => begin(Object.fromEntries(new FormData(event.target))));
});
element('sign-out').addEventListener('click', () => {
  keepCredentials();
  return attempt(() => session.signOut().then(() => location.reload()));
});
element('dismiss').addEventListener('click', () => hide('error', true));

onSubmit('add-list', async (fields) => {
  await open(await session.call('add_list', fields));
});
onSubmit('add-item', ({ title, due }) =>
  // Without a due date the argument is left out, and the function's default holds.
  session.call('add_item', { list: state.opened, title, ...(due === '' ? {} : { due }) }),
);
element('remove-list').addEventListener('click', () => {
  if (confirm('Delete this list and all that is in it?')) perform('remove_list', { list: state.opened });
});

const kept = keptCredentials();
if (kept) void attempt(() => begin(kept));

async function begin(credentials) {
  hide('sign-in', true);
  const onLost = () => show('Connecting again …');
  const onBack = () => attempt(comeBack);
  // A change that comes before anything can be called waits until it can.
  const joining = signIn(credentials, {
    onChange: (change) => joining.then(() => onChange(change)),
    onLost,
    onBack,
  });
  try {
    session = await joining;
  } catch (error) {
    hide('sign-in', false);
    throw error;
  }
  keepCredentials(credentials);
  state.me = session.name;
  state.people = await session.call('people');
  await comeBack();
  hide('lists-and-items', false);
  hide('sign-out', false);
  element('list-title').focus();
}

async function comeBack() {
  show(`Signed in as ${state.people.find(({ authid }) => authid === state.me)?.name}`);
  await refresh();
  await look();
}

/** An event names the list that has changed. What has become of it is read, so that row level security has its say. */
async function onChange({ list, what, transaction }) {
  for (let pause = 500; ; pause = Math.min(2 * pause, 10_000)) {
    try {
      await visible(transaction);
      await refresh();
      if (list === state.opened && what !== 'look') await look();
      return;
    } catch (error) {
      // Nothing else tells of this change: what could not be read is read later.
      showError(error);
      await sleep(pause);
    }
  }
}

/** An event may come a moment before its transaction is visible: what is read too early is as it was, and no other event tells of it. */
async function visible(transaction) {
  while (!(await session.call('is_visible', { transaction }))) await sleep(50);
}

function sleep(milliseconds) {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

let reading;
let isOutdated = false;

/** Reads all that is shown, one reading at a time: what changes meanwhile is read in one more. */
function refresh() {
  isOutdated = true;
  reading ??= read();
  return reading;
}

async function read() {
  try {
    await readAll();
  } finally {
    reading = undefined;
  }
}

async function readAll() {
  while (isOutdated) {
    isOutdated = false;
    state.lists = await session.call('lists');
    // A list that was opened meanwhile may not be among them yet.
    if (isOutdated) continue;
    if (!state.lists.some(({ id }) => id === state.opened)) state.opened = state.lists[0]?.id;
    state.items = state.opened === undefined ? [] : await session.call('items', { list: state.opened });
  }
  draw();
}

function draw() {
  drawLists(state, (list) => attempt(() => open(list)));
  drawItems(state, perform);
}

async function open(list) {
  state.opened = list;
  await refresh();
  await look();
}

async function look() {
  if (state.opened !== undefined && document.visibilityState === 'visible') await session.look(state.opened);
}

/** Calls a procedure on behalf of a control. What comes of it comes as an event; what is refused is drawn as it still is. */
function perform(procedure, args) {
  // It shows what fails.
  void attempt(() =>
    session.call(procedure, args).catch((error) => {
      draw();
      throw error;
    }),
  );
}

function onSubmit(form, act) {
  element(form).addEventListener('submit', (event) => {
    event.preventDefault();
    const fields = event.target;
    return attempt(async () => {
      await act(Object.fromEntries(new FormData(fields)));
      fields.reset();
    });
  });
}

/** Does what somebody has asked for, and says why if it could not be done. */
async function attempt(act) {
  hide('error', true);
  try {
    await act();
  } catch (error) {
    showError(error);
  }
}

function showError(error) {
  element('error-message').textContent = wordsFor(error);
  element('error-uri').textContent = error.errorUri ?? '';
  hide('error', false);
}

function show(text) {
  element('state').textContent = text;
}
