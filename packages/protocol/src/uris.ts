/**
 * All URIs that the router itself sends.
 *
 * @see https://wamp-proto.org/wamp_latest_ietf.html#name-basic-profile-uris
 * @see https://wamp-proto.org/wamp_latest_ietf.html#ap-uris
 */
export const Uri = {
  /** The URI is malformed, or not allowed in this place. */
  INVALID_URI: 'wamp.error.invalid_uri',
  /** An option, or an argument of a router procedure, has the wrong form. */
  INVALID_ARGUMENT: 'wamp.error.invalid_argument',
  /** No callee has registered the procedure. */
  NO_SUCH_PROCEDURE: 'wamp.error.no_such_procedure',
  /** Another callee has registered the procedure. */
  PROCEDURE_ALREADY_EXISTS: 'wamp.error.procedure_already_exists',
  /** The registration does not exist, or belongs to another session. */
  NO_SUCH_REGISTRATION: 'wamp.error.no_such_registration',
  /** The subscription does not exist, or belongs to another session. */
  NO_SUCH_SUBSCRIPTION: 'wamp.error.no_such_subscription',
  /** The testaments of a session exceed their size limit. */
  PAYLOAD_SIZE_EXCEEDED: 'wamp.error.payload_size_exceeded',
  /** The realm has no session with that id. */
  NO_SUCH_SESSION: 'wamp.error.no_such_session',
  /** The subscription has no event history. */
  HISTORY_UNAVAILABLE: 'wamp.error.history_unavailable',
  /** The caller canceled the call, the callee left, or the router failed to process the call. */
  CANCELED: 'wamp.error.canceled',
  /** The call took longer than its `timeout`. */
  TIMEOUT: 'wamp.error.timeout',
  /** The value of an option does not exist, or conflicts with the existing registration or subscription. */
  OPTION_NOT_ALLOWED: 'wamp.error.option_not_allowed',
  /** The message needs a feature that the other end or the router does not support. */
  FEATURE_NOT_SUPPORTED: 'wamp.error.feature_not_supported',
  /** Too many calls are waiting. */
  UNAVAILABLE: 'wamp.error.unavailable',
  /** The role of the session does not have the permission, or the session has reached a limit. */
  NOT_AUTHORIZED: 'wamp.error.not_authorized',
  /** The router does not have the realm. */
  NO_SUCH_REALM: 'wamp.error.no_such_realm',
  /** The realm does not have the role of the session. */
  NO_SUCH_ROLE: 'wamp.error.no_such_role',
  /** HELLO names no authid, or the authenticator does not know it. */
  NO_SUCH_PRINCIPAL: 'wamp.error.no_such_principal',
  /** The credentials are wrong. */
  AUTHENTICATION_DENIED: 'wamp.error.authentication_denied',
  /** The authenticator failed, or the authentication took too long. */
  AUTHENTICATION_FAILED: 'wamp.error.authentication_failed',
  /** The authorizer failed or did not answer in time. */
  AUTHORIZATION_FAILED: 'wamp.error.authorization_failed',
  /** The client and the router have no authentication method in common. */
  NO_MATCHING_AUTH_METHOD: 'wamp.error.no_matching_auth_method',
  /** The peer broke the protocol: its session ends. */
  PROTOCOL_VIOLATION: 'wamp.error.protocol_violation',
  /** Another callee has taken the procedure over with `force_reregister`. */
  REGISTRATION_REVOKED: 'wamp.registration.revoked',
  /** The meta API has ended the session. */
  CLOSE_KILLED: 'wamp.close.killed',
  /** The answer to GOODBYE. */
  GOODBYE_AND_OUT: 'wamp.close.goodbye_and_out',
  /** The router is shutting down, or had an internal error. */
  SYSTEM_SHUTDOWN: 'wamp.close.system_shutdown',
} as const;

/** A URI of the catalogue {@link Uri}. */
export type RouterUri = (typeof Uri)[keyof typeof Uri];

/**
 * Topics of the meta events.
 *
 * @see https://wamp-proto.org/wamp_latest_ietf.html#name-session-meta-api
 * @see https://wamp-proto.org/wamp_latest_ietf.html#name-registration-meta-api
 * @see https://wamp-proto.org/wamp_latest_ietf.html#name-subscription-meta-api
 */
export const MetaTopic = {
  SESSION_ON_JOIN: 'wamp.session.on_join',
  SESSION_ON_LEAVE: 'wamp.session.on_leave',
  REGISTRATION_ON_CREATE: 'wamp.registration.on_create',
  REGISTRATION_ON_REGISTER: 'wamp.registration.on_register',
  REGISTRATION_ON_UNREGISTER: 'wamp.registration.on_unregister',
  REGISTRATION_ON_DELETE: 'wamp.registration.on_delete',
  SUBSCRIPTION_ON_CREATE: 'wamp.subscription.on_create',
  SUBSCRIPTION_ON_SUBSCRIBE: 'wamp.subscription.on_subscribe',
  SUBSCRIPTION_ON_UNSUBSCRIBE: 'wamp.subscription.on_unsubscribe',
  SUBSCRIPTION_ON_DELETE: 'wamp.subscription.on_delete',
} as const;

/**
 * Procedures of the meta API, which the router implements in every realm.
 *
 * @see https://wamp-proto.org/wamp_latest_ietf.html#name-session-meta-api
 * @see https://wamp-proto.org/wamp_latest_ietf.html#name-registration-meta-api
 * @see https://wamp-proto.org/wamp_latest_ietf.html#name-subscription-meta-api
 * @see https://wamp-proto.org/wamp_latest_ietf.html#name-session-testament
 */
export const MetaProcedure = {
  SESSION_COUNT: 'wamp.session.count',
  SESSION_LIST: 'wamp.session.list',
  SESSION_GET: 'wamp.session.get',
  SESSION_KILL: 'wamp.session.kill',
  SESSION_KILL_BY_AUTHID: 'wamp.session.kill_by_authid',
  SESSION_KILL_BY_AUTHROLE: 'wamp.session.kill_by_authrole',
  SESSION_KILL_ALL: 'wamp.session.kill_all',
  SESSION_ADD_TESTAMENT: 'wamp.session.add_testament',
  SESSION_FLUSH_TESTAMENTS: 'wamp.session.flush_testaments',
  REGISTRATION_LIST: 'wamp.registration.list',
  REGISTRATION_LOOKUP: 'wamp.registration.lookup',
  REGISTRATION_MATCH: 'wamp.registration.match',
  REGISTRATION_GET: 'wamp.registration.get',
  REGISTRATION_LIST_CALLEES: 'wamp.registration.list_callees',
  REGISTRATION_COUNT_CALLEES: 'wamp.registration.count_callees',
  SUBSCRIPTION_GET_EVENTS: 'wamp.subscription.get_events',
  SUBSCRIPTION_LIST: 'wamp.subscription.list',
  SUBSCRIPTION_LOOKUP: 'wamp.subscription.lookup',
  SUBSCRIPTION_MATCH: 'wamp.subscription.match',
  SUBSCRIPTION_GET: 'wamp.subscription.get',
  SUBSCRIPTION_LIST_SUBSCRIBERS: 'wamp.subscription.list_subscribers',
  SUBSCRIPTION_COUNT_SUBSCRIBERS: 'wamp.subscription.count_subscribers',
} as const;
