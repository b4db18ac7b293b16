-- Returns the columns of a row that {"include": [columns]} or {"exclude": [columns]} selects.
CREATE OR REPLACE FUNCTION crossbar._select_columns(columns jsonb, selection jsonb)
RETURNS jsonb
LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
SELECT CASE
  WHEN selection ? 'include' THEN
    (SELECT coalesce(jsonb_object_agg(key, value), '{}') FROM jsonb_each(columns) WHERE selection -> 'include' ? key)
  WHEN selection ? 'exclude' THEN
    (SELECT coalesce(jsonb_object_agg(key, value), '{}') FROM jsonb_each(columns) WHERE NOT selection -> 'exclude' ? key)
  ELSE columns
END
$$;
