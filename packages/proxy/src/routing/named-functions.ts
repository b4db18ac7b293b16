import { NamedFunction } from '@pgwamp/core/internal/functions';

/** The functions of routes by name, kept as long as the Proxy runs, so that they remember their owners. */
export type NamedFunctions = ReadonlyMap<string, NamedFunction>;

/** Creates the functions that routes name. */
export function namedFunctions(routes: readonly { readonly function?: string | undefined }[]): NamedFunctions {
  const names = routes.flatMap(({ function: name }) => name ?? []);
  return new Map(names.map((name) => [name, new NamedFunction(name, [['jsonb']])]));
}
