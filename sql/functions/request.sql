-- The query that asks the link for a call. Its default timeout, of 30 seconds, is said here.
CREATE OR REPLACE FUNCTION crossbar.request(id bigint, procedure text, args jsonb, kwargs jsonb, options jsonb, identity text)
RETURNS text
-- Without SET search_path, so that it is inlined into crossbar.call, which has one.
LANGUAGE sql STABLE PARALLEL SAFE
AS $$
  SELECT format('["call",%s,%s,%s,%s,%s,%s]', id, to_json(procedure), coalesce(args::text, 'null'), coalesce(kwargs::text, 'null'),
    CASE WHEN options IS NULL THEN '{"timeout":30000}' ELSE ('{"timeout":30000}' || options - 'realm')::text END, identity)
$$;

REVOKE ALL ON FUNCTION crossbar.request(bigint, text, jsonb, jsonb, jsonb, text) FROM PUBLIC;
