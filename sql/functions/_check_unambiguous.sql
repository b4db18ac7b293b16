-- Checks whether PostgreSQL could resolve a call of this function to another one, even with explicit types: one that
-- starts with the same parameters and has defaults for all others. Returns the problem, or NULL.
-- https://www.postgresql.org/docs/current/typeconv-func.html
CREATE OR REPLACE FUNCTION crossbar._check_unambiguous(endpoint regprocedure)
RETURNS crossbar._problem
LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  other regprocedure;
BEGIN
  -- OUT parameters are only arguments in CALL.
  WITH candidate AS (
    SELECT other.oid, other.pronargdefaults AS defaults, CASE WHEN this.prokind = 'p' AND other.proallargtypes IS NOT NULL
      THEN other.proallargtypes ELSE string_to_array(other.proargtypes::text, ' ')::oid[] END AS types
    FROM pg_proc AS this JOIN pg_proc AS other USING (pronamespace, proname)
    WHERE this.oid = endpoint
  )
  SELECT longer.oid INTO other
  FROM candidate AS called JOIN candidate AS longer ON cardinality(longer.types) > cardinality(called.types)
  WHERE called.oid = endpoint AND longer.types[1:cardinality(called.types)] = called.types
    AND cardinality(longer.types) - longer.defaults <= cardinality(called.types)
  ORDER BY longer.oid LIMIT 1;
  IF FOUND THEN
    RETURN ('feature_not_supported', format('%s cannot be an endpoint: PostgreSQL cannot tell a call of it from one of %s', endpoint, other),
      'The other one begins with the same parameters, and all that follow have defaults. Rename or drop one of the two.', NULL)::crossbar._problem;
  END IF;
  RETURN NULL;
END
$$;

REVOKE ALL ON FUNCTION crossbar._check_unambiguous(regprocedure) FROM PUBLIC;
