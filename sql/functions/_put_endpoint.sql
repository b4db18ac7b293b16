-- Implements crossbar.register and crossbar.subscribe: checks the arguments, stores the endpoint, and notifies the
-- components at COMMIT. Returns the id of the endpoint, or a problem.
CREATE OR REPLACE FUNCTION crossbar._put_endpoint(
  kind text, uri text, endpoint regprocedure, options jsonb, OUT id bigint, OUT problem crossbar._problem
)
-- SECURITY DEFINER: this is a part of crossbar.register and crossbar.subscribe, and a role that was granted one of them
-- has no privileges on the tables.
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET quote_all_identifiers = off
AS $$
#variable_conflict use_column
DECLARE
  acting CONSTANT name := crossbar._session_role();
  given jsonb := coalesce(options, '{}');
  how CONSTANT text := coalesce(given ->> 'match', 'exact');
  run_as record;
BEGIN
  problem := coalesce(
    crossbar._check_granted(CASE kind WHEN 'registration' THEN 'crossbar.register(text, anycompatible, jsonb)'
      ELSE 'crossbar.subscribe(text, anycompatible, jsonb)' END::regprocedure),
    crossbar._check_endpoint_options(kind, given),
    crossbar._check_pattern(CASE kind WHEN 'registration' THEN 'procedure' ELSE 'topic' END, uri, how),
    crossbar._check_utf8(concat_ws(' ', uri, endpoint, given)),
    crossbar._check_endpoint(endpoint),
    crossbar._check_unambiguous(endpoint));
  IF problem.condition IS NULL AND given ? 'queue_group' AND (SELECT prokind = 'p' FROM pg_proc WHERE oid = endpoint) THEN
    problem := ('invalid_parameter_value', format('option ''queue_group'' is given, and %s is a procedure', endpoint),
      'The claim of an event belongs to the transaction of its handler, and a procedure has transactions of its own. Make it a function, or leave queue_group out.',
      NULL);
  END IF;
  IF problem.condition IS NULL THEN
    problem := crossbar._check_execute(acting, endpoint);
  END IF;
  IF problem.condition IS NULL THEN
    run_as := crossbar._role_of_endpoint(acting, given ->> 'run_as');
    problem := run_as.problem;
  END IF;
  IF problem.condition IS NOT NULL THEN
    RETURN;
  END IF;
  IF run_as.role IS NULL AND kind = 'registration' THEN
    given := given || '{"disclose_caller": true}';
  END IF;
  -- With the settings of this function, the text of a regprocedure contains the schema, and is the same in every
  -- session.
  INSERT INTO crossbar._endpoint AS former (kind, uri, match, function, function_owner, owner, role, options)
    VALUES (kind, uri, how, endpoint::text, (SELECT pg_get_userbyid(proowner) FROM pg_proc WHERE oid = endpoint), acting, run_as.role, given - '{match,run_as}'::text[])
    ON CONFLICT (kind, uri, match, (CASE kind WHEN 'subscription' THEN function ELSE '' END),
      (CASE kind WHEN 'subscription' THEN coalesce(role, '') ELSE '' END))
    DO UPDATE SET function = excluded.function, function_owner = excluded.function_owner, role = excluded.role, options = excluded.options
      WHERE crossbar._may_become(excluded.owner, former.owner)
    RETURNING former.id INTO id;
  IF NOT FOUND THEN
    problem := (
      SELECT crossbar._foreign_endpoint(former) FROM crossbar._endpoint AS former
      WHERE former.kind = _put_endpoint.kind AND former.uri = _put_endpoint.uri AND former.match = how
      ORDER BY crossbar._may_become(acting, former.owner) LIMIT 1
    );
    RETURN;
  END IF;
  PERFORM pg_notify('crossbar_endpoint', kind || ' ' || id);
END
$$;
