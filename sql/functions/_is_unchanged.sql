-- Whether a function is as a component has read it. Its calls contain this with constants, so PostgreSQL evaluates it
-- when it plans a call, and drops that plan when the function or a schema changes. Therefore this is called IMMUTABLE,
-- which it is as long as a plan lives.
CREATE OR REPLACE FUNCTION crossbar._is_unchanged(routine oid, schema text, name name, modes "char"[], names text[], defaults integer)
RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
SELECT EXISTS (
  SELECT FROM pg_proc
  WHERE oid = _is_unchanged.routine AND proname = _is_unchanged.name AND pronamespace = to_regnamespace(_is_unchanged.schema)
    AND proargmodes IS NOT DISTINCT FROM _is_unchanged.modes AND proargnames IS NOT DISTINCT FROM _is_unchanged.names
    AND pronargdefaults = _is_unchanged.defaults
)
$$;
