-- Raises unless selection is {"include": [columns]} or {"exclude": [columns]} with columns that the table has, and "strict": true or false if it likes.
CREATE OR REPLACE FUNCTION crossbar._check_column_selection(relation regclass, selection jsonb)
RETURNS void
LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  unknown text;
BEGIN
  IF selection IS NULL THEN
    RETURN;
  END IF;
  IF (jsonb_typeof(selection) = 'object' AND selection <> '{}' AND selection - '{include,exclude,strict}'::text[] = '{}'
    AND NOT (selection ? 'include' AND selection ? 'exclude')
    AND jsonb_typeof(coalesce(selection -> 'include', selection -> 'exclude', '[]')) = 'array'
    AND jsonb_typeof(coalesce(selection -> 'strict', 'false')) = 'boolean') IS NOT TRUE
  THEN
    RAISE EXCEPTION 'the second argument of crossbar.publish_row_change is %', selection
      USING ERRCODE = 'invalid_parameter_value',
        HINT = 'It is ''{"include": [columns]}'' or ''{"exclude": [columns]}'', and may have "strict": true or false.';
  END IF;
  SELECT name INTO unknown
  FROM jsonb_path_query(selection - 'strict', '$.*[*]') AS entry, LATERAL (SELECT entry #>> '{}' AS name) AS named
    WHERE NOT EXISTS (SELECT FROM pg_attribute WHERE attrelid = relation AND attname = name AND attnum > 0 AND NOT attisdropped);
  IF FOUND THEN
    RAISE EXCEPTION 'table % has no column %', relation, quote_literal(unknown)
      USING ERRCODE = 'undefined_column',
        HINT = 'The second argument of crossbar.publish_row_change names columns of its table.';
  END IF;
END
$$;
