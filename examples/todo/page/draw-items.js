import { namesOf } from './draw-lists.js';
import { element, follow, hide } from './elements.js';

/**
 * Draws the list that is open, with who else sees it and what is in it.
 *
 * @param {(procedure: string, args: object) => void} perform  called when somebody wants to change something
 */
export function drawItems({ me, people, lists, opened, items }, perform) {
  const list = lists.find(({ id }) => id === opened);
  hide('opened', list === undefined);
  if (list === undefined) return;
  const isOwn = list.owner === me;
  element('opened-title').textContent = list.title;
  element('owner').textContent = isOwn ? '' : `A list of ${namesOf(people, [list.owner])}, shared with you`;
  element('looks').textContent = looksAt(list, me, people);
  hide('owner', isOwn);
  hide('sharing', !isOwn);
  hide('remove-list', !isOwn);
  drawSharing(list, people, perform);
  follow(
    element('items'),
    'item-entry',
    items,
    ({ id }) => id,
    (entry, item) => drawItem(entry, item, perform),
  );
}

function drawSharing(list, people, perform) {
  const others = people.filter(({ authid }) => authid !== list.owner);
  const own = `${list.id} `;
  follow(
    element('sharing-people'),
    'person-entry',
    others,
    ({ authid }) => own + authid,
    (entry, { authid, name }) => {
      const box = entry.querySelector('input');
      entry.querySelector('.name').textContent = name;
      box.checked = list.people.includes(authid);
      box.onchange = () => {
        const rest = list.people.filter((each) => each !== authid && each !== list.owner);
        perform('share', { list: list.id, with: box.checked ? [...rest, authid] : rest });
      };
    },
  );
}

function drawItem(entry, { id, title, due, done }, perform) {
  const box = entry.querySelector('input');
  const remove = entry.querySelector('button');
  entry.querySelector('.title').textContent = title;
  entry.classList.toggle('done', done);
  box.checked = done;
  box.onchange = () => perform('finish', { item: id, done: box.checked });
  remove.ariaLabel = `Remove ${title}`;
  remove.onclick = () => perform('remove_item', { item: id });
  drawDate(entry.querySelector('time'), due);
}

function drawDate(time, due) {
  time.hidden = due === null;
  time.dateTime = due ?? '';
  // A date without a time is one of UTC to JavaScript.
  time.textContent = due && new Date(due).toLocaleDateString('en', { dateStyle: 'medium', timeZone: 'UTC' });
}

function looksAt({ looks }, me, people) {
  const others = Object.entries(looks).filter(([authid]) => authid !== me);
  const times = others.map(
    ([authid, at]) => `${namesOf(people, [authid])} at ${new Date(at).toLocaleTimeString('en')}`,
  );
  return times.length > 0 ? `Last seen by ${times.join(', ')}` : '';
}
