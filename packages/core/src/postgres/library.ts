import { createRequire } from 'node:module';

type Library = typeof import('pg');

let loaded: Library | undefined;

/** Loads node-postgres with the first connection. A component that was not started does not need it. */
export function pg(): Library {
  loaded ??= createRequire(import.meta.url)('pg') as Library;
  return loaded;
}
