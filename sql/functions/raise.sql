-- Raises a WAMP error: the message is for people, the detail for programs.
CREATE OR REPLACE FUNCTION crossbar.raise(error text, args jsonb DEFAULT NULL, kwargs jsonb DEFAULT NULL)
RETURNS void
LANGUAGE plpgsql VOLATILE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  problem crossbar._problem := coalesce(crossbar._check_uri('error', error COLLATE "default", false), crossbar._check_payload(args, kwargs));
BEGIN
  IF problem.condition IS NOT NULL THEN
    RAISE EXCEPTION USING ERRCODE = problem.condition, MESSAGE = problem.message, HINT = problem.hint;
  END IF;
  problem := crossbar._wamp_error('CB001', error, args, kwargs);
  RAISE EXCEPTION USING ERRCODE = problem.condition, MESSAGE = problem.message, DETAIL = problem.detail;
END
$$;

COMMENT ON FUNCTION crossbar.raise(text, jsonb, jsonb) IS
  'Raises a WAMP error with SQLSTATE CB001.';
