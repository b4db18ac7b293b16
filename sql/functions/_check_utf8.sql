-- Checks whether a text is valid UTF-8. Only a database with the encoding SQL_ASCII can contain invalid text, which a
-- later reader could not read. Returns the problem, or NULL.
CREATE OR REPLACE FUNCTION crossbar._check_utf8(value text)
RETURNS crossbar._problem
LANGUAGE plpgsql STABLE PARALLEL RESTRICTED SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  IF getdatabaseencoding() <> 'SQL_ASCII' THEN
    RETURN NULL;
  END IF;
  PERFORM convert_to(value, 'UTF8');
  RETURN NULL;
EXCEPTION WHEN character_not_in_repertoire OR untranslatable_character THEN
  RETURN (SQLSTATE, SQLERRM, 'What goes over WAMP is UTF-8; this database has the encoding SQL_ASCII, which takes any bytes.', NULL)::crossbar._problem;
END
$$;

REVOKE ALL ON FUNCTION crossbar._check_utf8(text) FROM PUBLIC;
