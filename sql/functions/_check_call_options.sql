-- Checks the options of crossbar.call, call_each, call_stream or call_async, including their types. Returns the
-- problem, or NULL.
-- https://wamp-proto.org/wamp_latest_ietf.html#name-call-2
CREATE OR REPLACE FUNCTION crossbar._check_call_options(kind text, options jsonb)
RETURNS crossbar._problem
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  known CONSTANT text[] := CASE kind
    WHEN 'call_async' THEN '{timeout,disclose_me,realm,handler,retries}'
    WHEN 'call_each' THEN '{timeout,disclose_me,realm,concurrency,on_error}'
    ELSE '{timeout,disclose_me,realm}'
  END;
  option record;
  expected text;
  fits boolean;
BEGIN
  IF jsonb_typeof(options) <> 'object' THEN
    RETURN ('invalid_parameter_value', format('options is a JSON %s, not an object', jsonb_typeof(options)),
      'Options are a JSON object, such as ''{"timeout": 5000}''.', NULL)::crossbar._problem;
  END IF;
  FOR option IN SELECT key, value FROM jsonb_each(options) LOOP
    IF option.key <> ALL (known) THEN
      RETURN ('invalid_parameter_value', format('options has an unknown option: %s', quote_literal(option.key)),
        format('The options of crossbar.%s are %s.', kind, array_to_string(known, ', ')), NULL)::crossbar._problem;
    END IF;
    CASE option.key
      WHEN 'timeout' THEN
        expected := 'milliseconds, an integer; 0 for no limit';
        fits := crossbar._is_integer(option.value, 0, 2147483647);
      WHEN 'retries' THEN
        expected := 'an integer from 0 to 100';
        fits := crossbar._is_integer(option.value, 0, 100);
      WHEN 'concurrency' THEN
        expected := 'an integer from 1 to 1000';
        fits := crossbar._is_integer(option.value, 1, 1000);
      WHEN 'on_error' THEN
        expected := '"row" or "raise"';
        fits := option.value IN ('"row"', '"raise"');
      WHEN 'disclose_me' THEN
        expected := 'true or false';
        fits := jsonb_typeof(option.value) = 'boolean';
      WHEN 'handler' THEN
        expected := 'the name of a function, with its schema';
        fits := jsonb_typeof(option.value) = 'string';
      ELSE
        expected := 'the name of a realm';
        fits := jsonb_typeof(option.value) = 'string' AND option.value <> '""';
    END CASE;
    IF NOT fits THEN
      RETURN ('invalid_parameter_value', format('option %s is %s', quote_literal(option.key), option.value),
        format('Option %L is %s.', option.key, expected), NULL)::crossbar._problem;
    END IF;
  END LOOP;
  RETURN NULL;
END
$$;

REVOKE ALL ON FUNCTION crossbar._check_call_options(text, jsonb) FROM PUBLIC;
