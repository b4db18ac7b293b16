-- Checks the options of crossbar.register or crossbar.subscribe, including their types. Returns the problem, or NULL.
-- https://wamp-proto.org/wamp_latest_ietf.html#name-register-2
-- https://wamp-proto.org/wamp_latest_ietf.html#name-subscribe-2
CREATE OR REPLACE FUNCTION crossbar._check_endpoint_options(kind text, options jsonb)
RETURNS crossbar._problem
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  known CONSTANT text[] := CASE kind
    WHEN 'registration' THEN '{match,invoke,concurrency,force_reregister,disclose_caller,run_as,retries}'
    ELSE '{match,get_retained,concurrency,queue_group,run_as,retries}'
  END;
  option record;
  expected text;
  fits boolean;
BEGIN
  IF jsonb_typeof(options) <> 'object' THEN
    RETURN ('invalid_parameter_value', format('options is a JSON %s, not an object', jsonb_typeof(options)),
      'Options are a JSON object, such as ''{"match": "prefix"}''.', NULL)::crossbar._problem;
  END IF;
  FOR option IN SELECT key, value FROM jsonb_each(options) LOOP
    IF option.key <> ALL (known) THEN
      RETURN ('invalid_parameter_value', format('options has an unknown option: %s', quote_literal(option.key)),
        format('The options of a %s are %s.', kind, array_to_string(known, ', ')), NULL)::crossbar._problem;
    END IF;
    CASE
      WHEN option.key = 'match' THEN
        expected := '"exact", "prefix" or "wildcard"';
        fits := option.value IN ('"exact"', '"prefix"', '"wildcard"');
      WHEN option.key = 'invoke' THEN
        expected := '"single", "roundrobin", "random", "first" or "last"';
        fits := option.value IN ('"single"', '"roundrobin"', '"random"', '"first"', '"last"');
      WHEN option.key = 'concurrency' THEN
        expected := 'a positive integer';
        fits := crossbar._is_integer(option.value, 1, 2147483647);
      WHEN option.key = 'retries' THEN
        expected := 'an integer from 0 to 100';
        fits := crossbar._is_integer(option.value, 0, 100);
      WHEN option.key = 'run_as' THEN
        expected := 'the name of a role, or "caller"';
        fits := jsonb_typeof(option.value) = 'string';
      WHEN option.key = 'queue_group' THEN
        expected := 'a string of 1 to 200 characters';
        fits := jsonb_typeof(option.value) = 'string' AND length(option.value #>> '{}') BETWEEN 1 AND 200;
      ELSE
        expected := 'true or false';
        fits := jsonb_typeof(option.value) = 'boolean';
    END CASE;
    IF NOT fits THEN
      RETURN ('invalid_parameter_value', format('option %s is %s', quote_literal(option.key), option.value),
        format('Option %L is %s.', option.key, expected), NULL)::crossbar._problem;
    END IF;
  END LOOP;
  IF kind = 'registration' AND options @> '{"run_as": "caller", "disclose_caller": false}' THEN
    RETURN ('invalid_parameter_value', 'option ''disclose_caller'' is false, and option ''run_as'' is "caller"',
      'To run as the caller, the router has to disclose who that is. Leave disclose_caller out.', NULL)::crossbar._problem;
  END IF;
  RETURN NULL;
END
$$;

REVOKE ALL ON FUNCTION crossbar._check_endpoint_options(text, jsonb) FROM PUBLIC;
