import { element, follow, hide } from './elements.js';

/**
 * Draws the lists that one sees, and marks the one that is open.
 *
 * @param {(list: number) => void} open  called when somebody wants to see a list
 */
export function drawLists({ me, people, lists, opened }, open) {
  hide('nothing', lists.length > 0);
  follow(
    element('lists'),
    'list-entry',
    lists,
    ({ id }) => id,
    (entry, list) => {
      const others = list.people.filter((authid) => authid !== me);
      entry.querySelector('.title').textContent = list.title;
      entry.querySelector('.people').textContent = others.length > 0 ? `with ${namesOf(people, others)}` : 'private';
      entry.querySelector('.open').textContent = list.open > 0 ? `${list.open} to do` : 'nothing to do';
      const button = entry.querySelector('button');
      button.ariaCurrent = String(list.id === opened);
      button.onclick = () => open(list.id);
    },
  );
}

/** Names of people, in one text. */
export function namesOf(people, authids) {
  const names = people.filter(({ authid }) => authids.includes(authid)).map(({ name }) => name);
  return new Intl.ListFormat('en').format(names);
}
