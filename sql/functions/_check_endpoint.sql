-- Checks whether a function can be called over WAMP: its arguments and its result must have a JSON form. Returns the
-- problem, or NULL.
CREATE OR REPLACE FUNCTION crossbar._check_endpoint(endpoint regprocedure)
RETURNS crossbar._problem
LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  routine pg_proc;
  problem text;
BEGIN
  SELECT * INTO routine FROM pg_proc WHERE oid = endpoint;
  IF NOT FOUND THEN
    RETURN ('invalid_parameter_value', format('the function is %s', coalesce(endpoint::text, 'NULL')),
      'It is named with the types of its parameters, such as ''add2(integer, integer)''.', NULL)::crossbar._problem;
  END IF;
  problem := CASE
    WHEN routine.prokind = 'a' THEN 'it is an aggregate'
    WHEN routine.prokind = 'w' THEN 'it is a window function'
    WHEN EXISTS (
      SELECT FROM pg_namespace AS schema JOIN pg_type AS type ON type.typnamespace = schema.oid
      WHERE type.oid = ANY (routine.proargtypes::oid[] || routine.prorettype) AND schema.nspname ~ '^pg_temp_'
    ) OR (SELECT nspname ~ '^pg_temp_' FROM pg_namespace WHERE oid = routine.pronamespace) THEN 'it is temporary'
    WHEN EXISTS (SELECT FROM pg_type WHERE oid = ANY (routine.proargtypes) AND typtype = 'p')
      THEN format('it takes %s', pg_get_function_identity_arguments(endpoint))
    WHEN (SELECT typtype = 'p' FROM pg_type WHERE oid = routine.prorettype) AND routine.prorettype NOT IN ('void'::regtype, 'record'::regtype)
      OR routine.proretset AND routine.prorettype = 'record'::regtype AND routine.proallargtypes IS NULL
      THEN format('it returns %s', pg_get_function_result(endpoint))
  END;
  IF problem IS NOT NULL THEN
    RETURN ('feature_not_supported', format('%s cannot be an endpoint: %s', endpoint, problem),
      'An endpoint is a function or procedure that stays, whose parameters and columns have types of their own. Call this one in such a function.', NULL)::crossbar._problem;
  END IF;
  RETURN NULL;
END
$$;

REVOKE ALL ON FUNCTION crossbar._check_endpoint(regprocedure) FROM PUBLIC;
