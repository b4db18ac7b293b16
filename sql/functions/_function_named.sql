-- Finds the function that an argument names: a text with the types of its parameters, or without them if the name is
-- unique, or the oid of a function. Returns the function, or a problem with the functions that the text can mean.
-- path: the schemas that the caller searches, since this function has a search_path of its own.
CREATE OR REPLACE FUNCTION crossbar._function_named(
  argument anycompatible, path name[], OUT function regprocedure, OUT problem crossbar._problem
)
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp SET quote_all_identifiers = off
AS $$
DECLARE
  -- The argument may have a collation that regular expressions do not support.
  given text COLLATE "default";
  name text COLLATE "default";
  has_types boolean;
  parts text[] COLLATE "default";
  meant regprocedure[];
BEGIN
  IF pg_typeof(argument) = ANY ('{oid,regproc,regprocedure}'::regtype[]) THEN
    function := argument;
    RETURN;
  END IF;
  given := argument::text;
  -- Everything up to a parenthesis outside of quotes.
  name := substring(given FROM '^(?:[^"(]|"[^"]*")*');
  has_types := name <> given;
  BEGIN
    IF has_types THEN
      PERFORM set_config('search_path', array_to_string(ARRAY(SELECT quote_ident(schema) FROM unnest(path) AS schema), ', '), true);
      function := pg_catalog.to_regprocedure(given);
      PERFORM pg_catalog.set_config('search_path', 'pg_catalog, pg_temp', true);
    END IF;
  EXCEPTION
    -- Since PostgreSQL 16, most of these are reported as not found.
    WHEN invalid_name OR syntax_error OR invalid_text_representation OR feature_not_supported OR undefined_object
      OR invalid_schema_name THEN NULL;
  END;
  IF given IS NULL OR function IS NOT NULL THEN
    RETURN;
  END IF;
  BEGIN
    parts := parse_ident(name);
  EXCEPTION
    WHEN invalid_parameter_value THEN NULL;
  END;
  meant := ARRAY(
    SELECT DISTINCT ON (proargtypes) pg_proc.oid
    FROM pg_proc JOIN pg_namespace ON pg_namespace.oid = pronamespace
    WHERE proname = parts[cardinality(parts)]
      AND CASE cardinality(parts) WHEN 1 THEN nspname = ANY (path) ELSE nspname = parts[cardinality(parts) - 1] END
    ORDER BY proargtypes, array_position(path, nspname)
  );
  IF cardinality(meant) = 1 AND NOT has_types THEN
    function := meant[1];
    RETURN;
  END IF;
  problem.condition := CASE WHEN has_types OR cardinality(meant) = 0 THEN 'undefined_function' ELSE 'ambiguous_function' END;
  problem.message := format(CASE problem.condition WHEN 'ambiguous_function' THEN 'there are several functions %s' ELSE 'function %s does not exist' END,
    quote_literal(given));
  IF cardinality(meant) = 0 THEN
    meant := ARRAY(SELECT oid FROM pg_proc WHERE proname = parts[cardinality(parts)] ORDER BY oid);
  END IF;
  problem.hint := coalesce(
    (SELECT 'Write ' || string_agg(quote_literal(one::text), ' or ') || '.' FROM unnest(meant[1:5]) AS one),
    'Write the function with its schema and the types of its parameters, such as ''shop.add2(integer, integer)''.');
END
$$;
