import { consoleDirectory } from '@pgwamp/console';

/** A module of the page. They are JavaScript, checked by a compiler project of their own, hence untyped here. */
export function page(module: string) {
  return import(new URL(module, consoleDirectory).href);
}
