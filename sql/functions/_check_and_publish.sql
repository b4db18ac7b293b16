-- Handles calls of crossbar.publish that are not ordinary. It raises an error for each problem with the arguments.
CREATE OR REPLACE FUNCTION crossbar._check_and_publish(topic text, args jsonb, kwargs jsonb, options jsonb, autonomous boolean)
RETURNS bigint
-- SECURITY DEFINER: this is a part of crossbar.publish, which PUBLIC may call, and callers have no privileges on the
-- objects that it uses.
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  problem crossbar._problem := coalesce(crossbar._check_uri('topic', topic COLLATE "default"), crossbar._check_payload(args, kwargs),
    crossbar._check_publish_options(options));
  outcome record;
BEGIN
  IF problem.condition IS NULL AND autonomous THEN
    outcome := crossbar._publish_autonomously(topic, args, kwargs, options);
    problem := outcome.problem;
  END IF;
  IF problem.detail IS NOT NULL THEN
    RAISE EXCEPTION USING ERRCODE = problem.condition, MESSAGE = problem.message, DETAIL = problem.detail;
  ELSIF problem.condition IS NOT NULL THEN
    RAISE EXCEPTION USING ERRCODE = problem.condition, MESSAGE = problem.message, HINT = problem.hint;
  END IF;
  IF autonomous THEN
    RETURN outcome.publication;
  END IF;
  RETURN crossbar._emit(topic, options, args, kwargs);
END
$$;
