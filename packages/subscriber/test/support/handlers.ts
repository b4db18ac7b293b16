import { type Connection, waitFor } from '@pgwamp/harness';

/** SQL that subscribes a function in the role of pgwamp itself, for tests in which no other one matters. */
export function subscribe(topic: string, signature: string, options: object = {}): string {
  const json = JSON.stringify({ run_as: 'crossbar', ...options });
  return `SELECT crossbar.subscribe('${topic}', '${signature}', '${json}');`;
}

/**
 * The table `heard`, and the handler `hear(number integer)`, which inserts its argument there, in the order of the
 * calls.
 */
export const hear = `
  CREATE TABLE heard (place bigint GENERATED ALWAYS AS IDENTITY, number integer, topic text, publication bigint, process integer);
  CREATE FUNCTION hear(number integer) RETURNS void LANGUAGE sql SECURITY DEFINER AS $$
    INSERT INTO public.heard (number, topic, publication, process)
    VALUES (number, current_setting('crossbar.topic'), current_setting('crossbar.publication')::bigint, pg_backend_pid())
  $$;`;

/** The numbers in the table `heard`, in the order in which they were written. */
export async function heard(sql: Connection): Promise<number[]> {
  const { rows } = await sql.query<{ number: number }>('SELECT number FROM heard ORDER BY place');
  return rows.map(({ number }) => number);
}

/** The numbers, once there are so many. */
export async function heardAll(sql: Connection, count: number, deadline = 10_000): Promise<number[]> {
  const enough = async () => (await sql.query('SELECT count(*) AS count FROM heard')).rows[0].count >= count;
  await waitFor(enough, { what: `${count} events to be handled`, deadline });
  return heard(sql);
}

/** The numbers `from` to `to`. */
export function range(from: number, to: number): number[] {
  return Array.from({ length: to - from + 1 }, (_, index) => from + index);
}
