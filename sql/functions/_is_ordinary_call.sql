-- Whether a call without options needs no further check: the rules of crossbar._check_call in one expression.
CREATE OR REPLACE FUNCTION crossbar._is_ordinary_call(procedure text, args jsonb, kwargs jsonb)
RETURNS boolean
-- Without SET search_path, so that it is inlined into crossbar.call. The body is bound when the function is created.
LANGUAGE sql STABLE PARALLEL SAFE
RETURN procedure ~ '^([^[:space:].#]+[.])*[^[:space:].#]+$'
  AND (args IS NULL OR jsonb_typeof(args) = 'array')
  AND (kwargs IS NULL OR jsonb_typeof(kwargs) = 'object');

REVOKE ALL ON FUNCTION crossbar._is_ordinary_call(text, jsonb, jsonb) FROM PUBLIC;
