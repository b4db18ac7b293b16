-- What crossbar.register and crossbar.subscribe do: checks everything, keeps the endpoint, and tells the components at COMMIT.
CREATE OR REPLACE FUNCTION crossbar._put_endpoint(kind text, uri text, endpoint regprocedure, options jsonb)
RETURNS bigint
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp SET quote_all_identifiers = off
AS $$
#variable_conflict use_column
DECLARE
  id bigint;
  match text;
  owner CONSTANT name := crossbar._session_role();
  role name;
  given jsonb := coalesce(options, '{}');
BEGIN
  -- A function with SECURITY DEFINER that may register does not thereby register for everybody who calls it.
  PERFORM crossbar._check_execute(owner, CASE kind
    WHEN 'registration' THEN 'crossbar.register(text, regprocedure, jsonb)'
    ELSE 'crossbar.subscribe(text, regprocedure, jsonb)'
  END::regprocedure);
  PERFORM crossbar._check_endpoint_options(kind, given);
  match := coalesce(given ->> 'match', 'exact');
  PERFORM crossbar._check_pattern(CASE kind WHEN 'registration' THEN 'procedure' ELSE 'topic' END, uri, match);
  PERFORM crossbar._check_utf8(concat_ws(' ', uri, endpoint, given));
  PERFORM crossbar._check_endpoint(endpoint);
  PERFORM crossbar._check_unambiguous(endpoint);
  IF given ? 'queue_group' AND (SELECT prokind = 'p' FROM pg_proc WHERE oid = endpoint) THEN
    RAISE EXCEPTION 'option ''queue_group'' is given, and % is a procedure', endpoint
      USING ERRCODE = 'invalid_parameter_value',
        HINT = 'The claim of an event belongs to the transaction of its handler, and a procedure has transactions of its own. Make it a function, or leave queue_group out.';
  END IF;
  PERFORM crossbar._check_execute(owner, endpoint);
  role := crossbar._role_of_endpoint(owner, given ->> 'run_as');
  IF role IS NULL AND kind = 'registration' THEN
    given := given || '{"disclose_caller": true}';
  END IF;
  -- The settings of this function make the text of a regprocedure name the schema, and the same text in every session.
  INSERT INTO crossbar._endpoint AS former (kind, uri, match, function, owner, role, options)
    VALUES (kind, uri, match, endpoint::text, owner, role, given - '{match,run_as}'::text[])
    ON CONFLICT (kind, uri, match, (CASE kind WHEN 'subscription' THEN function ELSE '' END),
      (CASE kind WHEN 'subscription' THEN coalesce(role, '') ELSE '' END))
    DO UPDATE SET owner = crossbar._check_owner(former, excluded.owner),
      function = excluded.function, role = excluded.role, options = excluded.options
    RETURNING former.id INTO id;
  PERFORM pg_notify('crossbar_endpoint', kind || ' ' || id);
  RETURN id;
END
$$;

REVOKE ALL ON FUNCTION crossbar._put_endpoint(text, text, regprocedure, jsonb) FROM PUBLIC;
