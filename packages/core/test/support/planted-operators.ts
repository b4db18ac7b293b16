import type { Connection } from '@pgwamp/harness';

const comparisons: readonly (readonly [operator: string, left: string, right: string])[] = [
  ['=', 'oid', 'regnamespace'],
  ['=', 'oid', 'oid'],
  ['=', 'oid', 'regrole'],
  ['=', 'name', 'text'],
  ['=', 'name', 'name'],
  ['=', 'text', 'text'],
  ['<>', 'text', 'text'],
  ['<>', 'name', 'name'],
  ['=', 'integer', 'integer'],
  ['=', 'bigint', 'bigint'],
  ['=', 'timestamptz', 'timestamptz'],
  ['~', 'text', 'text'],
  ['?', 'jsonb', 'text'],
];

/**
 * Lets a role find operators and functions of another one in `public`, as a role with CREATE on it can put them there for everybody, and each writes into
 * `public.trap` when it is used. They have the very types that our SQL compares, so PostgreSQL prefers them to its own where `public` is in the path.
 */
export async function plant(superuser: Connection): Promise<void> {
  await superuser.query('CREATE TABLE public.trap (name text); GRANT INSERT, SELECT ON public.trap TO PUBLIC');
  await superuser.query('GRANT USAGE ON SCHEMA public TO PUBLIC');
  for (const [operator, left, right] of comparisons) {
    const name = `${operator} (${left}, ${right})`;
    await superuser.query(
      `CREATE FUNCTION public."${name}"(${left}, ${right}) RETURNS boolean LANGUAGE plpgsql AS $$
         BEGIN INSERT INTO public.trap VALUES ('${name}'); RETURN $1 OPERATOR(pg_catalog.${operator}) $2; END $$;
       CREATE OPERATOR public.${operator} (LEFTARG = ${left}, RIGHTARG = ${right}, FUNCTION = public."${name}")`,
    );
  }
  await superuser.query(
    `CREATE FUNCTION public."||"(text, text) RETURNS text LANGUAGE plpgsql AS $$
       BEGIN INSERT INTO public.trap VALUES ('||'); RETURN $1 OPERATOR(pg_catalog.||) $2; END $$;
     CREATE OPERATOR public.|| (LEFTARG = text, RIGHTARG = text, FUNCTION = public."||")`,
  );
}
