-- A publication on its way: five lines of text, id, topic, options, args, kwargs, of which the last three may be empty.
-- No line can hold a line feed: a topic has no white space, and JSON text escapes it. So nobody has to parse JSON.
CREATE OR REPLACE FUNCTION crossbar.encode_publication(id bigint, topic text, options jsonb, args jsonb, kwargs jsonb)
RETURNS text
-- Without SET search_path, so that it is inlined, which saves a microsecond of each crossbar.publish.
LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $$
  SELECT id::text || E'\n' || topic || E'\n' || coalesce(options::text, '') || E'\n' || coalesce(args::text, '') || E'\n'
    || coalesce(kwargs::text, '')
$$;

REVOKE ALL ON FUNCTION crossbar.encode_publication(bigint, text, jsonb, jsonb, jsonb) FROM PUBLIC;
