-- A publication on its way: four lines of text, topic, options, args, kwargs, of which the last three may be empty.
-- No line can hold a line feed: a topic has no white space, and JSON text escapes it. So nobody has to parse JSON.
CREATE OR REPLACE FUNCTION crossbar._content_of_publication(topic text, options jsonb, args jsonb, kwargs jsonb)
RETURNS text
-- Without SET search_path, so that it is inlined into what crossbar.publish does for everybody.
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN topic || E'\n' || coalesce(options::text, '') || E'\n' || coalesce(args::text, '') || E'\n' || coalesce(kwargs::text, '');
