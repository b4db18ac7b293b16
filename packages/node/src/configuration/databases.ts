import type { DatabaseConfiguration } from '@pgwamp/config';
import type { ComponentOptions } from './component-schema.ts';
import type { NodeOptions } from './node-schema.ts';

/** The databases of pgwamp's components, in the order of the configuration. */
export function databasesOf({ workers }: NodeOptions): DatabaseConfiguration[] {
  const components = workers.flatMap((worker) => (worker.type === 'guest' ? [] : worker.components));
  return components.flatMap((component) => databaseOf(component) ?? []);
}

/** The database of a component of pgwamp. */
export function databaseOf({ classname, extra }: ComponentOptions): DatabaseConfiguration | undefined {
  const { database } = (extra ?? {}) as { database?: DatabaseConfiguration };
  // The `extra` of a class in a file has an unknown form.
  return classname.includes(':') ? undefined : database;
}
