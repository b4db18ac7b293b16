-- Sorts the backlog of an outbox that was restored into another cluster before later publications. The positions in its
-- rows belong to the log of the former cluster, which may be ahead of this one or behind.
-- The restored rows come from one COPY, so they have the same transaction id, which is the oldest in the table.
CREATE OR REPLACE FUNCTION crossbar._adopt_outbox()
RETURNS void
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  identifier CONSTANT bigint := (SELECT system_identifier FROM pg_control_system());
BEGIN
  IF EXISTS (SELECT FROM crossbar._delivery WHERE cluster <> identifier) THEN
    -- Before every position of a cluster, in their own order.
    UPDATE crossbar.outbox SET lsn = '0/0'::pg_lsn + restored.place
    FROM (
      SELECT realm, lsn, id, row_number() OVER (ORDER BY lsn, id) AS place FROM crossbar.outbox
      WHERE xmin = (SELECT xmin FROM crossbar.outbox ORDER BY age(xmin) DESC LIMIT 1)
    ) AS restored
    WHERE outbox.realm = restored.realm AND outbox.lsn = restored.lsn AND outbox.id = restored.id;
  END IF;
  UPDATE crossbar._delivery SET cluster = identifier WHERE cluster IS DISTINCT FROM identifier;
END
$$;

REVOKE ALL ON FUNCTION crossbar._adopt_outbox() FROM PUBLIC;
