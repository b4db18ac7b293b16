-- Checks the options of WAMP's PUBLISH, including their types. Returns the problem, or NULL.
-- https://wamp-proto.org/wamp_latest_ietf.html#name-publish-2
CREATE OR REPLACE FUNCTION crossbar._check_publish_options(options jsonb)
RETURNS crossbar._problem
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  option record;
  expected text;
  fits boolean;
BEGIN
  IF jsonb_typeof(options) <> 'object' THEN
    RETURN ('invalid_parameter_value', format('options is a JSON %s, not an object', jsonb_typeof(options)),
      'Options are a JSON object, such as ''{"exclude_me": false}''.', NULL)::crossbar._problem;
  END IF;
  FOR option IN SELECT key, value FROM jsonb_each(options) LOOP
    CASE
      WHEN option.key IN ('acknowledge', 'exclude_me', 'disclose_me', 'retain') THEN
        expected := 'true or false';
        fits := jsonb_typeof(option.value) = 'boolean';
      WHEN option.key IN ('exclude', 'eligible') THEN
        expected := 'an array of WAMP session ids';
        fits := jsonb_typeof(option.value) = 'array'
          AND NOT jsonb_path_exists(option.value, 'strict $[*] ? (@.type() != "number")')
          AND NOT jsonb_path_exists(option.value, 'strict $[*] ? (@ < 1 || @ > 9007199254740992 || @ != @.floor())');
      WHEN option.key IN ('exclude_authid', 'exclude_authrole', 'eligible_authid', 'eligible_authrole') THEN
        expected := 'an array of strings';
        fits := jsonb_typeof(option.value) = 'array'
          AND NOT jsonb_path_exists(option.value, 'strict $[*] ? (@.type() != "string")');
      ELSE
        RETURN ('invalid_parameter_value', format('options has an unknown option: %s', quote_literal(option.key)),
          'The options of a publication are acknowledge, exclude_me, disclose_me, retain, exclude, exclude_authid, '
            'exclude_authrole, eligible, eligible_authid and eligible_authrole.', NULL)::crossbar._problem;
    END CASE;
    IF NOT fits THEN
      RETURN ('invalid_parameter_value', format('option %s is %s', quote_literal(option.key), option.value),
        format('Option %L is %s.', option.key, expected), NULL)::crossbar._problem;
    END IF;
  END LOOP;
  RETURN NULL;
END
$$;

REVOKE ALL ON FUNCTION crossbar._check_publish_options(jsonb) FROM PUBLIC;
