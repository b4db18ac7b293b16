/** An error of PostgreSQL's own that SQL or the link of pgwamp raises. */
export interface Condition {
  /** As PL/pgSQL knows it. */
  readonly name: string;
  readonly when: string;
}

/**
 * The conditions that functions of the schema crossbar raise, besides pgwamp's own SQLSTATEs.
 *
 * @see https://www.postgresql.org/docs/current/errcodes-appendix.html
 */
export const conditions: Readonly<Record<string, Condition>> = {
  '08000': {
    name: 'connection_exception',
    when: 'an autonomous publication with `acknowledge` got no answer within 30 seconds; the event may still arrive',
  },
  '08001': {
    name: 'sqlclient_unable_to_establish_sqlconnection',
    when: 'no Caller runs, or none can be reached; nothing was sent',
  },
  '0A000': {
    name: 'feature_not_supported',
    when: 'a function cannot be registered or subscribed; `dblink` is missing or not in the schema `crossbar_dblink`; the database is not UTF8; an autonomous publication with `acknowledge` is not in a READ COMMITTED transaction',
  },
  '22021': {
    name: 'character_not_in_repertoire',
    when: 'the database has the encoding SQL_ASCII, and the text is not UTF-8',
  },
  '22023': {
    name: 'invalid_parameter_value',
    when: 'an argument or an option is wrong (the message names it, the hint has the rule); a call is too deep; the option `realm` must be given',
  },
  '22P02': {
    name: 'invalid_text_representation',
    when: 'a function that a Callee runs has set `crossbar.forward_for` to invalid JSON',
  },
  '22P05': {
    name: 'untranslatable_character',
    when: 'the result of a call has U+0000, which `jsonb` cannot hold',
  },
  '42501': {
    name: 'insufficient_privilege',
    when: 'a right is missing: to call the function or the procedure, to execute or run as that role what is registered, or to replace a registration of another role. The hint is the GRANT',
  },
  '42703': {
    name: 'undefined_column',
    when: 'a trigger of `crossbar.publish_row_change` names a column that does not exist',
  },
  '42704': {
    name: 'undefined_object',
    when: '`run_as` or `crossbar.grant_call` names a role that does not exist',
  },
  '42883': {
    name: 'undefined_function',
    when: 'the function to register, to subscribe or to use as `handler` does not exist',
  },
  '54000': {
    name: 'program_limit_exceeded',
    when: 'a publication takes more than 7,999 bytes with delivery `notify`; a call is too large, and was not sent',
  },
  '55000': {
    name: 'object_not_in_prerequisite_state',
    when: 'a parked message is incomplete, so it cannot be sent again',
  },
};

/** The errors of a Caller's link, by SQLSTATE. */
export const linkConditions: Readonly<Record<string, Condition>> = {
  '08P01': {
    name: 'protocol_violation',
    when: "the client breaks PostgreSQL's protocol: the connection ends",
  },
  '0A000': {
    name: 'feature_not_supported',
    when: 'the request is not a call, uses the extended query protocol, or comes from a database that is not UTF8',
  },
  '22021': { name: 'character_not_in_repertoire', when: 'a request is not UTF-8' },
  '22023': { name: 'invalid_parameter_value', when: 'the link does not know the request' },
  '28000': {
    name: 'invalid_authorization_specification',
    when: 'the link has `tls` and the client does not use it, or names no user: the connection ends',
  },
  '28P01': {
    name: 'invalid_password',
    when: 'the secret is wrong, for example that of an earlier Caller: the connection ends',
  },
  '3D000': {
    name: 'invalid_catalog_name',
    when: "the requested database is not the Caller's realm: the connection ends",
  },
  '42704': { name: 'undefined_object', when: 'the connection does not have this call' },
  '42710': { name: 'duplicate_object', when: 'the connection already has a call with this number' },
  '53300': {
    name: 'too_many_connections',
    when: '`extra.link.max_connections` is reached, or too many connections are not authenticated: the connection ends',
  },
  '53400': {
    name: 'configuration_limit_exceeded',
    when: 'the session already reads 1000 streams',
  },
  '54000': {
    name: 'program_limit_exceeded',
    when: 'a call is longer than `extra.link.max_message_size`, or a message before authentication than 10,000 bytes',
  },
  '57014': {
    name: 'query_canceled',
    when: 'authentication took longer than `extra.link.authentication_timeout`: the connection ends',
  },
  '57P01': { name: 'admin_shutdown', when: 'the Caller stops: the connection ends' },
  XX000: { name: 'internal_error', when: 'internal error of the link: the connection ends' },
};
