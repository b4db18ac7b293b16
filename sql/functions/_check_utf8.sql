-- Raises if a text is not valid as UTF-8, which only a database with the encoding SQL_ASCII can hold. What reads it later could not read it.
CREATE OR REPLACE FUNCTION crossbar._check_utf8(value text)
RETURNS void
LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  IF getdatabaseencoding() = 'SQL_ASCII' THEN
    PERFORM convert_to(value, 'UTF8');
  END IF;
END
$$;
