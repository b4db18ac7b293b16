-- Whether a call without options needs no further check: what crossbar.check_call finds nothing wrong with, said in one expression.
CREATE OR REPLACE FUNCTION crossbar.is_ordinary_call(procedure text, args jsonb, kwargs jsonb)
RETURNS boolean
-- Without SET search_path, so that it is inlined into crossbar.call, which has one.
LANGUAGE sql STABLE PARALLEL SAFE
AS $$
  SELECT procedure ~ '^([^\s.#]+\.)*[^\s.#]+$'
    AND (args IS NULL OR jsonb_typeof(args) = 'array')
    AND (kwargs IS NULL OR jsonb_typeof(kwargs) = 'object')
$$;

REVOKE ALL ON FUNCTION crossbar.is_ordinary_call(text, jsonb, jsonb) FROM PUBLIC;
