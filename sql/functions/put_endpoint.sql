-- What crossbar.register and crossbar.subscribe do: checks everything, keeps the endpoint, and tells the components at COMMIT.
CREATE OR REPLACE FUNCTION crossbar.put_endpoint(kind text, uri text, endpoint regprocedure, options jsonb)
RETURNS bigint
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
  id bigint;
  match text;
  registrar CONSTANT name := crossbar.registrar();
  role name;
  given jsonb := coalesce(options, '{}');
BEGIN
  -- A function with SECURITY DEFINER that may register does not thereby register for everybody who calls it.
  PERFORM crossbar.check_execute(registrar, CASE kind
    WHEN 'registration' THEN 'crossbar.register(text, regprocedure, jsonb)'
    ELSE 'crossbar.subscribe(text, regprocedure, jsonb)'
  END::regprocedure);
  PERFORM crossbar.check_endpoint_options(kind, given);
  match := coalesce(given ->> 'match', 'exact');
  PERFORM crossbar.check_pattern(CASE kind WHEN 'registration' THEN 'procedure' ELSE 'topic' END, uri, match);
  PERFORM crossbar.check_endpoint(endpoint);
  PERFORM crossbar.check_unambiguous(endpoint);
  IF given ? 'queue_group' AND (SELECT prokind = 'p' FROM pg_proc WHERE oid = endpoint) THEN
    RAISE EXCEPTION 'option ''queue_group'' is given, and % is a procedure', endpoint
      USING ERRCODE = 'invalid_parameter_value',
        HINT = 'The claim of an event belongs to the transaction of its handler, and a procedure has transactions of its own. Make it a function, or leave queue_group out.';
  END IF;
  PERFORM crossbar.check_execute(registrar, endpoint);
  role := crossbar.role_of_endpoint(registrar, given ->> 'run_as');
  IF role IS NULL AND kind = 'registration' THEN
    given := given || '{"disclose_caller": true}';
  END IF;
  -- The search_path of this function makes the text of a regprocedure name the schema.
  INSERT INTO crossbar.endpoint AS former (kind, uri, match, function, registrar, role, options)
    VALUES (kind, uri, match, endpoint::text, registrar, role, given - '{match,run_as}'::text[])
    ON CONFLICT (kind, uri, match, (CASE kind WHEN 'subscription' THEN function ELSE '' END),
      (CASE kind WHEN 'subscription' THEN coalesce(role, '') ELSE '' END))
    DO UPDATE SET registrar = crossbar.check_owner(former, excluded.registrar),
      function = excluded.function, role = excluded.role, options = excluded.options
    RETURNING former.id INTO id;
  PERFORM pg_notify('crossbar_endpoint', kind || ' ' || id);
  RETURN id;
END
$$;

REVOKE ALL ON FUNCTION crossbar.put_endpoint(text, text, regprocedure, jsonb) FROM PUBLIC;
