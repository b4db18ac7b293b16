/** A table with a column of every kind of type, and what happens to its rows; statements end with a line. */
export const everyType = {
  tables: `
CREATE SCHEMA "Shop"; CREATE TYPE mood AS ENUM ('good', 'b"ad'); CREATE TYPE "Shop".size AS ENUM ('s', 'm'); CREATE TYPE "Odd Type" AS ENUM ('x');
CREATE TYPE pair AS (a int, "B b" text); CREATE TYPE nest AS (p pair, l text[]); CREATE DOMAIN two AS pair; CREATE DOMAIN price AS numeric(10, 2); CREATE DOMAIN whole AS int; CREATE DOMAIN tags AS text[];
CREATE TABLE every (id bigint PRIMARY KEY, s smallint, i int, o oid, r real, d double precision, n numeric, n2 numeric(30, 10), b boolean, by bytea,
  t text, v varchar(20), c char(5), c1 "char", na name, j json, jb jsonb, u uuid, da date, ti time, tt time(3) with time zone, ts timestamp(3),
  tz timestamptz, iv interval, iv2 interval day to second(2), bi bit(3), vb bit varying(5), po point, bo box, ne inet, ma macaddr, m money, x xml,
  ir int4range, tv tsvector, ia int[], ta text[], na2 numeric(5,2)[], ba bytea[], boa box[], mo mood, moa mood[], sz "Shop".size, od "Odd Type", oda "Odd Type"[],
  pa pair, paa pair[], pr price, wh whole, tg tags, iv3 int2vector, lsn pg_lsn, "Q ""uoted" int, "ünï" text,
  mr int4multirange, nr numrange, tzr tstzrange, tzra tstzrange[], mra int4multirange[], ia2 int[][], ib int[], ta3 text[][][], tw two, twa two[], ns nest, nsa nest[],
  wha whole[], bla bool[], ja json[], jba jsonb[], daa date[], tza timestamptz[], fa float8[], iva interval[], ci cidr, in6 inet, ma8 macaddr8, pth path, pol polygon,
  cir circle, li line, ls lseg, tq tsquery, jp jsonpath, vb2 bit varying, xi xid8, rc regclass, "d.ot" int, "{b}race" int, "🦊" text, "select" int)`,
  changes: `
INSERT INTO every (id) VALUES (1);
INSERT INTO every VALUES (9223372036854775807, -32768, 2147483647, 4294967295, 1.5e-7, 1e300, 123456789012345678901234567890.12345678901234567890,
  0.0000000001, true, '\\x00ff5c22', E'a "quoted" \\\\ text\\nwith\\tall \\u0001 \\u007f € 𝄞', 'var', 'ch', 'q', 'name', '{"a": [1, 2.50,  null]}',
  '{"b": 1.10, "a": "\\u20ac"}', 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11', '2000-02-29', '12:34:56.789', '12:34:56.789+02', '2000-01-01 12:34:56.789',
  '2000-01-01 12:34:56.123456+02', '1 year 2 mons -3 days 04:05:06.7', '1 day 02:03:04.56', B'101', B'1', '(1,2)', '(3,4),(1,2)', '10.0.0.1/8',
  '08:00:2b:01:02:03', 12.5, '<a b="c"/>', '[1,10)', 'fat:1 cat:2', '{1,NULL,3}', ARRAY['a', 'b"c', NULL, 'd,e', '{}', 'NULL', ''], '{1.50,2}',
  ARRAY['\\x00'::bytea], ARRAY['(1,2),(0,0)', '(3,4),(1,2)']::box[], 'b"ad', '{good,"b\\"ad"}', 's', 'x', '{x}', ROW(1, 'a "b", c'), ARRAY[ROW(1, NULL)::pair], 19.90, 7, '{t1,t2}',
  '1 2 3', '16/B374D848', 5, 'ä', '{[1,3),[5,9)}', '(,1.50]', '["2000-01-01 00:00:00+02",infinity)', ARRAY['empty', '(,)']::tstzrange[], '{"{}","{[1,2)}"}',
  '{{1,2},{3,NULL}}', '[-1:1]={1,2,3}', '{{{a,"b}"},{"",NULL}},{{"NULL",c},{"\\\\",","}}}', ROW(2, 'two'), ARRAY[ROW(3, '"q" \\ (x)')::two], ROW(ROW(1, 'a,b'), '{"x y",NULL}'),
  ARRAY[ROW(ROW(NULL, ''), '{}')::nest, ROW(NULL, NULL)::nest], '{1,NULL}', '{t,f,NULL}', ARRAY['{"a": [1, "b"]}'::json, 'null'], ARRAY['{"a": 1.0}'::jsonb, '"t"'],
  '{2000-01-01,infinity,NULL}', '{"2000-01-01 00:00:00.5+00",-infinity}', '{NaN,Infinity,-0,1e-300}', '{"1 day","-1 mon"}', '10.1.0.0/16', '2001:db8::1/64',
  '08:00:2b:01:02:03:04:05', '[(0,0),(1,1)]', '((0,0),(1,1),(1,0))', '<(0,0),2.5>', '{1,2,3}', '[(0,0),(1,1)]', 'fat & (rat | !cat:*)', '$.a[*] ? (@ > 1)', B'', '42',
  'pg_class', 1, 2, '🐻', 3);
INSERT INTO every (id, r, d, n, da, ts, tz) VALUES (3, 'NaN', '-Infinity', 'NaN', 'infinity', '-infinity', '0044-03-15 BC'), (4, 'Infinity', 'NaN', '123', '0044-03-15 BC', '10000-01-01', 'infinity');
UPDATE every SET t = NULL, i = 8 WHERE id = 3;
UPDATE every SET id = 5 WHERE id = 4;
DELETE FROM every WHERE id = 5;`,
};
