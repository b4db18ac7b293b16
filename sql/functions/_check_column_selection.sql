-- Checks a column selection: {"include": [columns]} or {"exclude": [columns]} with existing columns of the table, and
-- optionally "strict": true or false. Returns the problem, or NULL.
CREATE OR REPLACE FUNCTION crossbar._check_column_selection(relation regclass, selection jsonb)
RETURNS crossbar._problem
LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  unknown text;
BEGIN
  IF selection IS NULL THEN
    RETURN NULL;
  END IF;
  IF (jsonb_typeof(selection) = 'object' AND selection <> '{}' AND selection - '{include,exclude,strict}'::text[] = '{}'
    AND NOT (selection ? 'include' AND selection ? 'exclude')
    AND jsonb_typeof(coalesce(selection -> 'include', selection -> 'exclude', '[]')) = 'array'
    AND jsonb_typeof(coalesce(selection -> 'strict', 'false')) = 'boolean') IS NOT TRUE
  THEN
    RETURN ('invalid_parameter_value', format('the second argument of crossbar.publish_row_change is %s', selection),
      'It is ''{"include": [columns]}'' or ''{"exclude": [columns]}'', and may have "strict": true or false.', NULL)::crossbar._problem;
  END IF;
  SELECT name INTO unknown
  FROM jsonb_path_query(selection - 'strict', '$.*[*]') AS entry, LATERAL (SELECT entry #>> '{}' AS name) AS named
    WHERE NOT EXISTS (SELECT FROM pg_attribute WHERE attrelid = relation AND attname = name AND attnum > 0 AND NOT attisdropped);
  IF FOUND THEN
    RETURN ('undefined_column', format('table %s has no column %s', relation, quote_literal(unknown)),
      'The second argument of crossbar.publish_row_change names columns of its table.', NULL)::crossbar._problem;
  END IF;
  RETURN NULL;
END
$$;
