-- Returns the selected columns of a row as a JSON object, and the reason for each column that jsonb cannot represent.
-- So a value that cannot be published, such as json with \u0000, does not make the writing statement fail, unless the
-- selection has the option strict.
CREATE OR REPLACE FUNCTION crossbar._row_as_jsonb(changed record, relation regclass, selection jsonb, OUT columns jsonb, OUT omitted jsonb)
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  name text;
  value jsonb;
BEGIN
  omitted := '{}';
  BEGIN
    columns := crossbar._select_columns(to_jsonb(changed), selection);
    RETURN;
  EXCEPTION WHEN OTHERS THEN
    -- The columns one by one, without those that are not selected.
    columns := '{}';
  END;
  FOR name IN
    SELECT attname FROM pg_attribute WHERE attrelid = relation AND attnum > 0 AND NOT attisdropped
      AND CASE WHEN selection ? 'include' THEN selection -> 'include' ? attname::text
        WHEN selection ? 'exclude' THEN NOT selection -> 'exclude' ? attname::text ELSE true END
    ORDER BY attnum
  LOOP
    BEGIN
      EXECUTE format('SELECT to_jsonb(($1).%I)', name) INTO value USING changed;
      columns := columns || jsonb_build_object(name, value);
    EXCEPTION WHEN OTHERS THEN
      IF (selection -> 'strict')::boolean THEN
        RAISE;
      END IF;
      omitted := omitted || jsonb_build_object(name, SQLERRM);
    END;
  END LOOP;
END
$$;
