-- Takes events for a Subscriber, in the transaction that handles them: those of a queue group ("group") one by one, or a batch by its number
-- ("batch"). Returns a "1" for what had not been taken before, and a "0" for what had.
-- The sessions in which handlers run may do it by the secret of crossbar._function_session, which Subscribers read over another connection. A handler
-- that could claim would keep events from other Subscribers.
CREATE OR REPLACE FUNCTION crossbar._claim(secret text, kind text, name text, numbers bigint[])
RETURNS text
-- SECURITY DEFINER: the login of these sessions has no rights to the tables.
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
