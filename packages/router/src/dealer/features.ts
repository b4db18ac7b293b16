/** What WELCOME announces for the dealer. */
export const DEALER_FEATURES = Object.freeze({
  caller_identification: true,
  payload_passthru_mode: true,
  session_meta_api: true,
  testament_meta_api: true,
});
