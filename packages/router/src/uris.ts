/**
 * Every URI that the router itself puts on the wire.
 *
 * @see https://wamp-proto.org/wamp_latest_ietf.html#name-basic-profile-uris
 * @see https://wamp-proto.org/wamp_latest_ietf.html#ap-uris
 */
export const Uri = {
  INVALID_URI: 'wamp.error.invalid_uri',
  INVALID_ARGUMENT: 'wamp.error.invalid_argument',
  NO_SUCH_PROCEDURE: 'wamp.error.no_such_procedure',
  PROCEDURE_ALREADY_EXISTS: 'wamp.error.procedure_already_exists',
  NO_SUCH_REGISTRATION: 'wamp.error.no_such_registration',
  NO_SUCH_SUBSCRIPTION: 'wamp.error.no_such_subscription',
  CANCELED: 'wamp.error.canceled',
  OPTION_NOT_ALLOWED: 'wamp.error.option_not_allowed',
  FEATURE_NOT_SUPPORTED: 'wamp.error.feature_not_supported',
  UNAVAILABLE: 'wamp.error.unavailable',
  NOT_AUTHORIZED: 'wamp.error.not_authorized',
  NO_SUCH_REALM: 'wamp.error.no_such_realm',
  NO_MATCHING_AUTH_METHOD: 'wamp.error.no_matching_auth_method',
  PROTOCOL_VIOLATION: 'wamp.error.protocol_violation',
  GOODBYE_AND_OUT: 'wamp.close.goodbye_and_out',
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
