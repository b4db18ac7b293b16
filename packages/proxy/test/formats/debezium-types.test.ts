import { expect } from 'chai';
import fc from 'fast-check';
import { CloudEventsFormat } from '../../src/formats/cloudevents.ts';
import { DebeziumFormat } from '../../src/formats/debezium.ts';
import { RowFormat } from '../../src/formats/row.ts';
import { type ChangeLog, openChangeLog } from '../support/change-log.ts';
import { everyType } from '../support/every-type.ts';

const origin = { name: 'shop', database: 'db', version: '1.2.3' };

/** Removes zeros at the end of a fraction. */
const trimmed = (sql: string) => `regexp_replace(${sql}, '\\.?0+$', '')`;

/** SQL that computes the JSON of a finite value from the parts that PostgreSQL extracts. */
const forms: Readonly<Record<string, (value: string) => string>> = {
  date: (d) => `to_json(${d} - date '1970-01-01')`,
  time: (t) => `to_json((extract(epoch FROM ${t}) * 1000000)::int8)`,
  timestamp: (t) => `to_json((extract(epoch FROM ${t}) * 1000000)::numeric(30))`,
  timestamptz: (t) => {
    const year = `(extract(year FROM ${t})::int + CASE WHEN extract(year FROM ${t}) < 0 THEN 1 ELSE 0 END)`;
    const sign = `CASE WHEN ${year} < 0 THEN '-' WHEN ${year} > 9999 THEN '+' ELSE '' END`;
    const digits = `lpad(abs(${year})::text, greatest(4, length(abs(${year})::text)), '0')`;
    return `to_json(${sign} || ${digits} || ${trimmed(`to_char(${t}, '-MM-DD"T"HH24:MI:SS.US')`)} || 'Z')`;
  },
  timetz: (t) => `to_json(${trimmed(`to_char((${t} AT TIME ZONE 'UTC')::time, 'HH24:MI:SS.US')`)} || 'Z')`,
  interval: (i) => {
    const part = (unit: string) => `extract(${unit} FROM ${i})::text`;
    const seconds = `trim_scale(extract(second FROM ${i}))::text`;
    const date = `'P' || ${part('year')} || 'Y' || ${part('month')} || 'M' || ${part('day')} || 'D'`;
    return `to_json(${date} || 'T' || ${part('hour')} || 'H' || ${part('minute')} || 'M' || ${seconds} || 'S')`;
  },
  bytea: (b) => `to_json(translate(encode(${b}, 'base64'), E'\\n', ''))`,
  oid: (o) => `to_json(${o}::int8)`,
  ...Object.fromEntries(
    ['bool', 'int2', 'int4', 'int8', 'float4', 'float8', 'bpchar'].map((type) => [type, (v) => `to_json(${v})`]),
  ),
};

const canBeInfinite = new Set(['date', 'timestamp', 'timestamptz', 'interval']);

/** SQL for the JSON of a value: of a type that Debezium has no form for, the text. */
function jsonOf(type: string, value: string): string {
  const form = forms[type];
  if (!form) return `to_json(${value}::text)`;
  if (!canBeInfinite.has(type)) return form(value);
  return `CASE WHEN ${value}::text LIKE '%infinity' THEN to_json(${value}::text) ELSE ${form(value)} END`;
}

/** Reads JSON with all digits of numbers, and arrays of any depth as one list. */
function exact(text: string): unknown {
  const keep = (_: string, value: unknown, context?: { source?: string }) => {
    if (Array.isArray(value)) return value.flat(Number.POSITIVE_INFINITY);
    return typeof value === 'number' ? `number ${context?.source}` : value;
  };
  return JSON.parse(text, keep);
}

/** The rows of a table as PostgreSQL computes them, by id. */
async function computed(log: ChangeLog, table: string): Promise<Map<unknown, unknown>> {
  const columns = await log.run(
    `WITH RECURSIVE base AS (
       SELECT attname, attnum, atttypid AS type FROM pg_attribute WHERE attrelid = '${table}'::regclass AND attnum > 0
       UNION ALL SELECT attname, attnum, typbasetype FROM base JOIN pg_type ON pg_type.oid = type WHERE typbasetype > 0)
     SELECT quote_ident(attname) AS name, attname::text AS key, coalesce(element.typname, own.typname)::text AS type, element.oid IS NOT NULL AS list
     FROM base JOIN pg_type AS own ON own.oid = type
     LEFT JOIN pg_type AS item ON item.oid = own.typelem
     LEFT JOIN pg_type AS element ON element.oid = coalesce(nullif(item.typbasetype, 0), item.oid) AND own.typsubscript = 'array_subscript_handler'::regproc AND own.typname NOT LIKE '%vector'
     WHERE own.typbasetype = 0 ORDER BY attnum`,
  );
  const values = columns.map(({ name = '', type = '', list, key }) => {
    const one = list ? listOf(type, name) : jsonOf(type, `${table}.${name}`);
    return `SELECT '${key?.replaceAll("'", "''")}' AS key, CASE WHEN ${table}.${name} IS NOT DISTINCT FROM NULL THEN 'null'::json ELSE ${one} END AS value`;
  });
  const rows = await log.run(
    `SELECT (SELECT json_object_agg(key, value) FROM (${values.join(' UNION ALL ')}) AS of_row)::text AS json FROM ${table}`,
  );
  return new Map(rows.map(({ json = '' }) => [(exact(json) as { id: string }).id, exact(json)]));

  function listOf(type: string, name: string): string {
    const item = `CASE WHEN item IS NOT DISTINCT FROM NULL THEN 'null'::json ELSE ${jsonOf(type, 'item')} END`;
    return `(SELECT coalesce(json_agg(${item}), '[]') FROM (SELECT unnest(${table}.${name}) AS item) AS items)`;
  }
}

/** Expects the format `debezium` to write the inserted rows of a table as PostgreSQL computes them. */
async function expectComputed(log: ChangeLog, table: string): Promise<number> {
  const expected = await computed(log, table);
  const texts = await log.written(new DebeziumFormat(log.types, origin));
  const found = texts.map((text) => exact(text) as { op: string; after: Record<string, unknown> });
  const rows = found.filter(({ op }) => op === 'c');
  for (const { after } of rows) {
    const other = expected.get(after.id) as Record<string, unknown>;
    for (const [column, value] of Object.entries(after)) expect(value, column).to.deep.equal(other[column]);
  }
  return rows.length;
}

/** Values that a property test inserts, as SQL. */
const microseconds = (range: bigint) => fc.bigInt({ min: -range, max: range });
const moment = fc.oneof(
  microseconds(9_000_000_000_000_000_000n),
  microseconds(100_000_000_000_000_000n),
  microseconds(5_000_000n),
);
const int4 = fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 });
const special = (...texts: readonly string[]) => fc.constantFrom(...texts.map((text) => `'${text}'`));
const values = {
  d: fc.oneof(
    fc.integer({ min: -2_440_000, max: 2_145_000_000 }).map((days) => `date '1970-01-01' + ${days}`),
    fc.integer({ min: -1_000_000, max: 1_000_000 }).map((days) => `date '1970-01-01' + ${days}`),
    special('infinity', '-infinity', '0001-01-01 BC', '0001-12-31 BC', '0001-01-01'),
  ),
  ts: fc.oneof(moment.map(momentSql), special('infinity', '-infinity', '0001-12-31 23:59:59.999999 BC')),
  tz: fc.oneof(
    moment.map((us) => `${momentSql(us)} AT TIME ZONE 'UTC'`),
    special('infinity', '-infinity', '9999-12-31 23:59:59.999999+00', '10000-01-01 00:00+00'),
  ),
  t: fc
    .bigInt({ min: 0n, max: 86_400_000_000n })
    .map((us) => `time '00:00' + interval '1 microsecond' * ${us % 86_400_000_000n}`),
  tt: fc
    .tuple(
      fc.integer({ min: 0, max: 86_399 }),
      fc.integer({ min: -57_599, max: 57_599 }),
      fc.integer({ min: 0, max: 999_999 }),
    )
    .map(
      ([time, zone, us]) =>
        `'${clock(time)}.${String(us).padStart(6, '0')}${zone < 0 ? '-' : '+'}${clock(Math.abs(zone))}'`,
    ),
  iv: fc
    .tuple(int4, int4, moment)
    .map(
      ([months, days, us]) =>
        `make_interval(months => ${months}, days => ${days}) + interval '1 microsecond' * ${us / 1000n}`,
    ),
  n: fc.oneof(
    fc
      .tuple(fc.bigInt({ min: -(10n ** 60n), max: 10n ** 60n }), fc.integer({ min: 0, max: 30 }))
      .map(([digits, scale]) => `(${digits}::numeric / 10::numeric ^ ${scale})::numeric(120, ${scale})`),
    special('NaN', 'Infinity', '-Infinity', '1e-100', '1e130'),
  ),
  f: fc.oneof(
    fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => `'${value}'`),
    special('NaN', '-Infinity', '-0'),
  ),
  b: fc.uint8Array({ maxLength: 100 }).map((bytes) => `'\\x${Buffer.from(bytes).toString('hex')}'`),
  j: fc.json().map((text) => `${quoted(text.replaceAll(/\\u0000|\\ud[89a-f]../gi, ''))}`),
};

/** In two steps: a product with an interval is a float, which has no microseconds of far years. */
function momentSql(us: bigint): string {
  const days = Math.max(Number(us / 86_400_000_000n), -2_440_000);
  const rest = us % 86_400_000_000n;
  return `(date '1970-01-01' + ${days} + interval '1 microsecond' * ${rest < 0n ? -rest : rest})`;
}

function clock(seconds: number): string {
  return [seconds / 3600, (seconds / 60) % 60, seconds % 60]
    .map((part) => String(Math.floor(part)).padStart(2, '0'))
    .join(':');
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

describe('Format debezium, computed by PostgreSQL', function () {
  this.timeout(120_000);

  it('writes every type of PostgreSQL', async () => {
    await using log = await openChangeLog(undefined, everyType.tables);
    const inserts = everyType.changes.split(/;\n/).filter((statement) => statement.includes('INSERT'));
    for (const statement of inserts) await log.run(statement);
    expect(await expectComputed(log, 'every')).to.equal(4);
  });

  it('writes any date, time, number, bytes and JSON, alone and in arrays', async () => {
    const names = [
      'date',
      'timestamp',
      'timestamptz',
      'time',
      'timetz',
      'interval',
      'numeric',
      'float8',
      'bytea',
      'jsonb',
    ];
    const columns = Object.keys(values).map((name, index) => `${name} ${names[index]}`);
    await using log = await openChangeLog(
      undefined,
      `CREATE TABLE many (id int PRIMARY KEY, ${columns.join(', ')}, da date[], tza timestamptz[], iva interval[], ba bytea[], na numeric[])`,
    );
    const rows = fc.sample(fc.record(values), 300);
    const lists = rows.map(({ d, ts, tz, t, tt, iv, n, f, b, j }, id) => {
      const row = [d, ts, tz, t, tt, iv, n, f, b, j].join(', ');
      return `(${id}, ${row}, ARRAY[${d}, NULL]::date[], ARRAY[${tz}]::timestamptz[], ARRAY[[${iv}]]::interval[], ARRAY[${b}]::bytea[], ARRAY[${n}]::numeric[])`;
    });
    for (const list of lists) await log.run(`INSERT INTO many VALUES ${list}`);
    expect(await expectComputed(log, 'many')).to.equal(rows.length);
  });
});

describe('Format cloudevents', () => {
  it('contains the row of every type unchanged', async () => {
    await using log = await openChangeLog(undefined, everyType.tables);
    for (const statement of everyType.changes.split(/;\n/)) if (statement !== '') await log.run(statement);
    const rows = new RowFormat(log.types, log.keys);
    const expected = await log.written(rows);
    const structured = { mode: 'structured', source: '/db', headerPrefix: '' } as const;
    const events = await log.written(new CloudEventsFormat(structured, rows));
    expect(events.map((text) => text.slice(text.indexOf(',"data":') + 8, -1))).to.deep.equal(expected);
    for (const text of events) expect(JSON.parse(text).datacontenttype).to.equal('application/json');
    const binary = new CloudEventsFormat({ ...structured, mode: 'binary' }, rows);
    expect(await log.written(binary)).to.deep.equal(expected);
  });
});
