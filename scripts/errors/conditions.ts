/** An error of PostgreSQL's own that SQL of pgwamp raises. */
export interface Condition {
  /** As PL/pgSQL knows it. */
  readonly name: string;
  readonly when: string;
}

/**
 * What the functions of the schema crossbar raise, besides the SQLSTATEs of pgwamp's own.
 *
 * @see https://www.postgresql.org/docs/current/errcodes-appendix.html
 */
export const conditions: Readonly<Record<string, Condition>> = {
  '08000': {
    name: 'connection_exception',
    when: 'an autonomous publication was not acknowledged in time: whether it was published is unknown',
  },
  '08001': {
    name: 'sqlclient_unable_to_establish_sqlconnection',
    when: '`crossbar.call` finds no Caller, or cannot reach it: nothing was called',
  },
  '0A000': {
    name: 'feature_not_supported',
    when: 'a function cannot be an endpoint; `dblink` is missing, or in another schema, which `crossbar.call` and autonomous publications need',
  },
  '22023': {
    name: 'invalid_parameter_value',
    when: 'an argument or an option is not what it may be; the message names it, the hint says the rule; there are Callers for several realms, and none is named',
  },
  '42501': {
    name: 'insufficient_privilege',
    when: 'the role may not register or subscribe that function, run it as that role, take back what another role registered, or call that procedure',
  },
  '42703': {
    name: 'undefined_column',
    when: 'a trigger of `crossbar.publish_row_change` names a column that the table does not have',
  },
  '42704': { name: 'undefined_object', when: '`run_as` names a role that does not exist' },
  '42883': {
    name: 'undefined_function',
    when: 'the option `handler` of `crossbar.call_async` names no function that takes an outcome',
  },
  '54000': {
    name: 'program_limit_exceeded',
    when: 'a publication is too large for delivery `notify`, or a call for the Caller',
  },
};
