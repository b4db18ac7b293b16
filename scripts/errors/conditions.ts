/** An error of PostgreSQL's own that SQL or the link of pgwamp raises. */
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
  '22021': {
    name: 'character_not_in_repertoire',
    when: 'a publication, a call or an endpoint has bytes that are no UTF-8, in a database with the encoding SQL_ASCII',
  },
  '22023': {
    name: 'invalid_parameter_value',
    when: 'an argument or an option is not what it may be; the message names it, the hint says the rule; there are Callers for several realms, and none is named; a call is deeper than the router takes',
  },
  '22P02': {
    name: 'invalid_text_representation',
    when: 'a function that a Callee runs has set `crossbar.forward_for` to what is no JSON, and calls',
  },
  '22P05': {
    name: 'untranslatable_character',
    when: 'the result of a call has a string with U+0000, which `jsonb` has no room for',
  },
  '42501': {
    name: 'insufficient_privilege',
    when: 'the role was not granted the function that it calls, which the hint grants; it may not register or subscribe that function, run it as that role, take back what another role registered, or call that procedure',
  },
  '42703': {
    name: 'undefined_column',
    when: 'a trigger of `crossbar.publish_row_change` names a column that the table does not have',
  },
  '42704': {
    name: 'undefined_object',
    when: '`run_as`, or the first argument of `crossbar.grant_call`, names a role that does not exist',
  },
  '42883': {
    name: 'undefined_function',
    when: 'the option `handler` of `crossbar.call_async` names no function that takes an outcome',
  },
  '54000': {
    name: 'program_limit_exceeded',
    when: 'a publication is too large for delivery `notify`, or a call for the Caller or the router',
  },
};

/** What the link of a Caller answers, by SQLSTATE. */
export const linkConditions: Readonly<Record<string, Condition>> = {
  '08P01': {
    name: 'protocol_violation',
    when: "the other end does not speak PostgreSQL's protocol, or breaks it: the connection ends",
  },
  '0A000': {
    name: 'feature_not_supported',
    when: 'what is asked is no call, comes by the extended query protocol, or from a database with another encoding than UTF8',
  },
  '22021': { name: 'character_not_in_repertoire', when: 'a request is not well-formed UTF-8' },
  '22023': { name: 'invalid_parameter_value', when: 'a request is a JSON array, but none that the link knows' },
  '28000': {
    name: 'invalid_authorization_specification',
    when: 'the link has `tls`, and the other end comes without; or no user is named: the connection ends',
  },
  '28P01': {
    name: 'invalid_password',
    when: 'the secret is wrong, such as that of a Caller that was there before: the connection ends',
  },
  '3D000': {
    name: 'invalid_catalog_name',
    when: "the database that is asked for is not the Caller's realm: the connection ends",
  },
  '42704': { name: 'undefined_object', when: 'the request is about a call that the connection does not have' },
  '42710': { name: 'duplicate_object', when: 'the connection has a call with that number already' },
  '53300': {
    name: 'too_many_connections',
    when: '`extra.link.max_connections` backends are connected, or too many others have not shown the secret yet: the connection ends',
  },
  '53400': {
    name: 'configuration_limit_exceeded',
    when: 'the connection has 1000 calls: so many streams are read at a time at most',
  },
  '54000': {
    name: 'program_limit_exceeded',
    when: 'a call is longer than `extra.link.max_message_size`, or a message of one who is not known yet than 10,000 bytes',
  },
  '57014': {
    name: 'query_canceled',
    when: 'the secret was not shown within `extra.link.authentication_timeout`: the connection ends',
  },
  '57P01': { name: 'admin_shutdown', when: 'the Caller stops: the connection ends' },
  XX000: { name: 'internal_error', when: 'the link has a fault of its own: the connection ends' },
};
