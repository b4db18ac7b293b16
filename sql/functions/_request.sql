-- Returns the query that requests a call from the link. It sets the default timeout of 30 seconds.
CREATE OR REPLACE FUNCTION crossbar._request(id bigint, procedure text, args jsonb, kwargs jsonb, options jsonb, identity text)
RETURNS text
-- Without SET search_path, so that it is inlined into crossbar.call. The body is bound when the function is created.
LANGUAGE sql STABLE PARALLEL SAFE
RETURN format(E'["call",%s,%s,%s,%s]\n%s\n%s', id, to_json(procedure),
  CASE WHEN options IS NULL THEN '{"timeout":30000}' ELSE ('{"timeout":30000}'::jsonb || options - 'realm')::text END, identity, args, kwargs);

REVOKE ALL ON FUNCTION crossbar._request(bigint, text, jsonb, jsonb, jsonb, text) FROM PUBLIC;
