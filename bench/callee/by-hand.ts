import type { Pool } from 'pg';

const settings = {
  name: 'settings',
  text: `SELECT set_config('role', $1, true), set_config('search_path', $2, true), set_config('crossbar.caller', $3, true),
    set_config('crossbar.caller_authid', $4, true), set_config('crossbar.caller_authrole', $5, true),
    set_config('crossbar.procedure', $6, true), set_config('statement_timeout', $7, true)`,
  values: ['app', '"$user", public', '', '', '', 'com.example.add', '30000'],
};

/**
 * Calls the function as one would by hand: a transaction in a pool, with the role and the settings that the Callee gives it.
 *
 * @param prepared whether the statements have names, so that PostgreSQL parses them once for each connection.
 */
export async function addInTransaction(pool: Pool, a: unknown, b: unknown, prepared = true): Promise<unknown> {
  const client = await pool.connect();
  const query = ({ name, ...statement }: { name: string; text: string; values: unknown[] }) =>
    client.query(prepared ? { name, ...statement } : statement);
  try {
    await client.query('BEGIN');
    await query(settings);
    const { rows } = await query({ name: 'add', text: 'SELECT public.add($1, $2) AS sum', values: [a, b] });
    await client.query('COMMIT');
    return rows[0].sum;
  } catch (error) {
    await client.query('ROLLBACK');
    throw error;
  } finally {
    client.release();
  }
}

/** Calls the function and nothing else. */
export async function add(pool: Pool, a: unknown, b: unknown): Promise<unknown> {
  const { rows } = await pool.query({ name: 'add', text: 'SELECT public.add($1, $2) AS sum', values: [a, b] });
  return rows[0].sum;
}
