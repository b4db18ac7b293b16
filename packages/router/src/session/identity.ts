/** Who a session is, as established when it joined. */
export interface Identity {
  readonly authid: string;
  readonly authrole: string;
  readonly authmethod: string;
  readonly authprovider: string;
  /** What the authentication has for the client beside that, told in WELCOME. */
  readonly authextra?: Readonly<Record<string, unknown>>;
}
