import type { ClientModel, Dict } from './client-model.ts';
import { Drawn } from './drawn.ts';

type Attribute = (client: ClientModel) => unknown;

const LISTS: readonly [name: string, attribute: Attribute][] = [
  ['', ({ session }) => session],
  ['_authid', ({ authid }) => authid],
  ['_authrole', ({ authrole }) => authrole],
];

function isItem(item: unknown, suffix: string): boolean {
  if (suffix !== '') return typeof item === 'string';
  return item instanceof Drawn || (Number.isInteger(item) && (item as number) >= 1);
}

function isList(list: unknown, suffix: string): boolean {
  if (list === undefined || list === null) return true;
  return Array.isArray(list) && list.every((item) => isItem(item, suffix));
}

/** Whether the lists in PUBLISH.Options are lists. */
export function areLists(options: Dict): boolean {
  return LISTS.every(
    ([suffix]) => isList(options[`eligible${suffix}`], suffix) && isList(options[`exclude${suffix}`], suffix),
  );
}

/** The lists as a text, empty if there are none. */
export function listsOf(options: Dict): string {
  const lists = LISTS.flatMap(([suffix]) => [options[`eligible${suffix}`], options[`exclude${suffix}`]]);
  return lists.every((list) => list === undefined || list === null) ? '' : JSON.stringify(lists);
}

/** Whether a subscriber is one of those that a publication is meant for. */
export function isMeant(options: Dict, publisher: ClientModel, subscriber: ClientModel): boolean {
  if (subscriber === publisher && options.exclude_me !== false) return false;
  return LISTS.every(([suffix, attribute]) => {
    const eligible = options[`eligible${suffix}`] as readonly unknown[] | null | undefined;
    const excluded = options[`exclude${suffix}`] as readonly unknown[] | null | undefined;
    const value = attribute(subscriber);
    return (eligible?.includes(value) ?? true) && !excluded?.includes(value);
  });
}
