/** What WELCOME announces for the broker. */
export const BROKER_FEATURES = Object.freeze({
  publisher_exclusion: true,
  publisher_identification: true,
  subscriber_blackwhite_listing: true,
  pattern_based_subscription: true,
  event_history: true,
  event_retention: true,
  payload_passthru_mode: true,
  session_meta_api: true,
  subscription_meta_api: true,
});
