-- Returns the SQLSTATE for the WAMP error of a call. WAMP has a single error for all canceled calls, and routers put
-- the reason into its first argument. These are the texts of pgwamp and of Crossbar.io.
CREATE OR REPLACE FUNCTION crossbar._sqlstate_of_outcome(error text, reason text)
RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
SELECT CASE
  WHEN error = 'wamp.error.no_such_procedure' THEN 'CB002'
  WHEN error = 'wamp.error.timeout' THEN 'CB003'
  WHEN error <> 'wamp.error.canceled' THEN 'CB001'
  WHEN reason = 'timeout reached' THEN 'CB003'
  WHEN reason IN ('the callee left before it answered', 'the callee left before it took the call',
    'callee disconnected from in-flight request') THEN 'CB005'
  ELSE 'CB004'
END
$$;

REVOKE ALL ON FUNCTION crossbar._sqlstate_of_outcome(text, text) FROM PUBLIC;
