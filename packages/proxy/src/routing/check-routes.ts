import { isUsable, type NamedFunction } from '@pgwamp/core/internal/functions';
import { RoutesUnusableError } from '../errors.ts';
import type { Query } from '../formats/type-catalog.ts';
import type { NamedFunctions } from './named-functions.ts';
import type { RouteOptions } from './route-options.ts';
import { Template } from './template.ts';

/**
 * Checks that the functions of routes exist, and the columns in their templates if a route names its tables without a
 * pattern.
 *
 * @throws `RoutesUnusableError` naming all that are missing.
 */
export async function checkRoutes(
  routes: readonly RouteOptions[],
  functions: NamedFunctions,
  login: string,
  query: Query,
): Promise<void> {
  const problems: string[] = [];
  for (const [index, route] of routes.entries()) {
    const routing = functions.get(route.function ?? '');
    const found = [...(await functionProblems(routing, login, query)), ...(await columnProblems(route, query))];
    problems.push(...found.map((problem) => `routes[${index}]: ${problem}`));
  }
  if (problems.length > 0) throw new RoutesUnusableError(problems);
}

/** The problems that prevent a call of a route's function; empty if there is no function. */
export async function functionProblems(
  routing: NamedFunction | undefined,
  login: string,
  query: Query,
): Promise<string[]> {
  if (routing === undefined) return [];
  const found = await routing.find(query);
  if (!isUsable(found)) return [found.problem];
  const [row] = await query<{ callable: boolean }>(
    `SELECT has_function_privilege($2, oid, 'EXECUTE') AND has_schema_privilege($2, pronamespace, 'USAGE') AS callable
     FROM pg_proc WHERE oid = $1::oid`,
    [found.oid, login],
  );
  return row?.callable === false
    ? [`${login} may not call ${found.label}; grant EXECUTE on it and USAGE on its schema`]
    : [];
}

async function columnProblems(
  { tables, destination, key, order, headers }: RouteOptions,
  query: Query,
): Promise<string[]> {
  const templates = [destination, key, order ?? '', ...Object.values(headers)];
  const columns = [...new Set(templates.flatMap((text) => Template.compile(text).columns))];
  const named = (tables ?? []).filter((pattern) => pattern.includes('.') && !pattern.includes('*'));
  if (columns.length === 0 || named.length === 0) return [];
  const missing = await query<{ name: string; column: string }>(
    `SELECT name, wanted AS column FROM unnest($1::text[]) AS name CROSS JOIN unnest($2::text[]) AS wanted
     JOIN pg_class ON relname = substr(name, strpos(name, '.') + 1)
     JOIN pg_namespace ON pg_namespace.oid = relnamespace AND nspname = split_part(name, '.', 1)
     WHERE NOT EXISTS (SELECT FROM pg_attribute WHERE attrelid = pg_class.oid AND attname = wanted AND attnum > 0 AND NOT attisdropped)`,
    [named, columns],
  );
  return missing.map(({ name, column }) => `a template uses column ${column}, which does not exist in table ${name}`);
}
