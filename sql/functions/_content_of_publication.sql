-- Encodes a publication as four lines of text: topic, options, args and kwargs. The last three may be empty.
-- No line contains a line feed: a topic has no white space, and JSON text escapes it. So readers do not have to parse
-- JSON.
CREATE OR REPLACE FUNCTION crossbar._content_of_publication(topic text, options jsonb, args jsonb, kwargs jsonb)
RETURNS text
-- Without SET search_path, so that it is inlined into the ordinary path of crossbar.publish. The parentheses let PostgreSQL
-- join constant parts when it plans.
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN topic || E'\n' || coalesce(options::text, '') || E'\n' || coalesce(args::text, '') || (E'\n' || coalesce(kwargs::text, ''));
