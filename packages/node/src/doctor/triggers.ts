import { counted } from '@pgwamp/config';
import { type Connection, isServerError } from '@pgwamp/core/internal/postgres';
import { type Finding, findings } from './finding.ts';

/** A trigger of crossbar.publish_row_change. */
interface Trigger {
  readonly name: string;
  readonly relation: string;
  readonly oid: number;
  /** Its arguments, each terminated by a zero byte, in hexadecimal digits: they have the encoding of the database. */
  readonly arguments: string;
}

/**
 * Checks the arguments of every trigger of `crossbar.publish_row_change`. PostgreSQL calls no function when a trigger
 * is created, so a mistake would only fail the first INSERT.
 */
export async function checkTriggers(connection: Connection): Promise<Finding[]> {
  const { ok, skip } = findings('triggers');
  const [installed] = await connection.query<{ exists: boolean }>(
    `SELECT to_regprocedure('crossbar.publish_row_change()') IS NOT NULL AS exists`,
  );
  if (!installed?.exists) return [skip('crossbar.publish_row_change is not installed')];
  const triggers = await connection.query<Trigger>(
    `SELECT tgname AS name, tgrelid::regclass::text AS relation, tgrelid::int8::float8 AS oid, encode(tgargs, 'hex') AS arguments
     FROM pg_trigger WHERE tgfoid = 'crossbar.publish_row_change()'::regprocedure AND NOT tgisinternal AND tgparentid = 0
     ORDER BY 2, 1`,
  );
  const wrong: Finding[] = [];
  for (const trigger of triggers) {
    const failure = await failureOf(connection, trigger);
    if (failure) wrong.push(failure);
  }
  return wrong.length > 0 ? wrong : [ok(`the arguments of ${counted(triggers.length, 'trigger')} are right`)];
}

async function failureOf(connection: Connection, { name, relation, oid, arguments: text }: Trigger) {
  const [topic = null, selection = null] = text.match(/(?:..)*?00/g)?.map((argument) => argument.slice(0, -2)) ?? [];
  const { fail } = findings(`trigger ${name} on ${relation}`);
  const explained = 'The arguments are the topic, and JSON such as {"exclude": ["password"]}.';
  const failure = (message: string, hint: string | null | undefined) =>
    fail(message, `create the trigger again with other arguments. ${hint ?? explained}`);
  try {
    const [problem] = await connection.query<{ message: string | null; hint: string | null }>(
      `SELECT (problem).message, (problem).hint FROM (SELECT coalesce(
         crossbar._check_uri('topic', convert_from(decode($1, 'hex'), getdatabaseencoding())),
         crossbar._check_column_selection($2::float8::int8::oid::regclass, convert_from(decode($3, 'hex'), getdatabaseencoding())::jsonb)
       )) AS checked(problem)`,
      [topic, oid, selection],
    );
    return problem?.message ? failure(problem.message, problem.hint) : undefined;
  } catch (error) {
    // JSON that PostgreSQL cannot parse, or text with an invalid encoding.
    if (!isServerError(error)) throw error;
    return failure(error.message, error.hint);
  }
}
