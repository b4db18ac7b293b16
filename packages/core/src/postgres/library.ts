import { createRequire } from 'node:module';

type Library = typeof import('pg');

let loaded: Library | undefined;

/** node-postgres, loaded with the first connection: a component that was not started needs none. */
export function pg(): Library {
  loaded ??= createRequire(import.meta.url)('pg') as Library;
  return loaded;
}
