/** Settings of roles and databases that change the meaning of texts, or PostgreSQL's output. */
export const fuzzedSettings: Readonly<Record<string, readonly string[]>> = {
  DateStyle: ['ISO, MDY', 'ISO, DMY', 'SQL, DMY', 'Postgres, MDY', 'German, YMD'],
  IntervalStyle: ['postgres', 'postgres_verbose', 'sql_standard', 'iso_8601'],
  TimeZone: ['UTC', 'Asia/Kolkata', 'America/St_Johns', 'Europe/Berlin', '<+03>-3'],
  extra_float_digits: ['0', '1', '3', '-5'],
  bytea_output: ['escape', 'hex'],
  array_nulls: ['off', 'on'],
  quote_all_identifiers: ['on', 'off'],
  standard_conforming_strings: ['off', 'on'],
  client_encoding: ['LATIN1', 'UTF8'],
  xmloption: ['document', 'content'],
  search_path: ['public', 'pg_catalog, public', 'shadow, pg_catalog, public', 'shadow', '"$user", public'],
  plan_cache_mode: ['force_generic_plan', 'force_custom_plan'],
  transform_null_equals: ['on', 'off'],
  default_transaction_isolation: ['serializable', 'repeatable read', 'read committed'],
  default_transaction_read_only: ['on', 'off'],
  statement_timeout: ['10min', '600000', '0x927C0', '0'],
  client_min_messages: ['debug1', 'error'],
};

/** Objects that precede PostgreSQL's own with some values of `search_path`. No statement may ever use them. */
export const shadowDefinitions = `
  CREATE SCHEMA shadow; GRANT USAGE ON SCHEMA shadow TO PUBLIC;
  CREATE FUNCTION shadow.to_json(anyelement) RETURNS json LANGUAGE sql AS $$ SELECT '"shadow"'::json $$;
  CREATE FUNCTION shadow.now() RETURNS timestamptz LANGUAGE sql AS $$ SELECT '2000-01-01Z'::timestamptz $$;
  CREATE FUNCTION shadow.set_config(text, text, boolean) RETURNS text LANGUAGE sql AS $$ SELECT 'shadow' $$;
  CREATE FUNCTION shadow.equal(text, text) RETURNS boolean LANGUAGE sql AS $$ SELECT false $$;
  CREATE OPERATOR shadow.= (FUNCTION = shadow.equal, LEFTARG = text, RIGHTARG = text);`;

/** Changes of types, each with a statement that reverts it. */
export const typeChanges: readonly (readonly [string, string])[] = [
  [`ALTER TYPE mood RENAME VALUE 'sad' TO 'glum'`, `ALTER TYPE mood RENAME VALUE 'glum' TO 'sad'`],
  ['ALTER DOMAIN positive ADD CONSTRAINT large CHECK (VALUE > 50)', 'ALTER DOMAIN positive DROP CONSTRAINT large'],
];
