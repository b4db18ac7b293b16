/** SQL that registers a function in the role of pgwamp itself, for tests in which no other one matters. */
export function register(procedure: string, signature: string, options: object = {}): string {
  const json = JSON.stringify({ run_as: 'crossbar', ...options });
  return `SELECT crossbar.register('${procedure}', '${signature}', '${json}');`;
}

/** `com.example.add2` adds two numbers. */
export const add2 = `
  CREATE FUNCTION add2(a integer, b integer) RETURNS integer LANGUAGE sql AS 'SELECT a + b';
  ${register('com.example.add2', 'add2(integer,integer)')}`;
