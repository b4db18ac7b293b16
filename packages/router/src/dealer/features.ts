/** What WELCOME announces for the dealer. */
export const DEALER_FEATURES = Object.freeze({
  progressive_call_results: true,
  progressive_call_invocations: true,
  call_canceling: true,
  call_timeout: true,
  caller_identification: true,
  pattern_based_registration: true,
  shared_registration: true,
  registration_revocation: true,
  payload_passthru_mode: true,
  session_meta_api: true,
  registration_meta_api: true,
  testament_meta_api: true,
});
