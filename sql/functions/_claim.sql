-- Claims events for a Subscriber, in the transaction that handles them: one by one for a queue group ("group"), or a
-- batch by its number ("batch"). Returns a "1" for each new claim, and a "0" for each existing one.
-- The sessions that run handlers need the secret of crossbar._function_session for this. Subscribers read it on another
-- connection. If handlers could claim events, they could withhold them from other Subscribers.
CREATE OR REPLACE FUNCTION crossbar._claim(secret text, kind text, name text, numbers bigint[])
RETURNS text
-- SECURITY DEFINER: the login of these sessions has no privileges on the tables.
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  IF NOT EXISTS (SELECT FROM crossbar._function_session AS known WHERE known.secret = _claim.secret) THEN
    RAISE EXCEPTION 'only a Subscriber may claim events' USING ERRCODE = 'insufficient_privilege';
  END IF;
  IF kind = 'batch' THEN
    RETURN crossbar._claim_batch(name, numbers[1])::integer;
  END IF;
  RETURN (
    SELECT string_agg(crossbar._claim_event(name, number)::integer::text, '' ORDER BY place)
    FROM unnest(numbers) WITH ORDINALITY AS event (number, place)
  );
END
$$;
