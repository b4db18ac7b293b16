import { MessageType, MetaProcedure, Uri } from '@pgwamp/protocol';

/** The rules for the WAMP session of a page. */
export interface GateRules {
  /** The realm that the page may join. */
  readonly realm: string;
  /** Whether the page may publish and call. */
  readonly writes: boolean;
}

/** The decision about a message of the page: `write` is logged, `answer` is sent instead of the message. */
export type Verdict =
  | { readonly kind: 'pass'; readonly write?: PageWrite }
  | { readonly kind: 'refuse'; readonly answer: string }
  | { readonly kind: 'end'; readonly reason: string };

/** A publication or a call of the page, without its payload. */
export interface PageWrite {
  readonly action: 'publish' | 'call';
  readonly uri: string;
}

const { HELLO, ABORT, AUTHENTICATE, GOODBYE, ERROR, PUBLISH, SUBSCRIBE, UNSUBSCRIBE, CALL, CANCEL, REGISTER } =
  MessageType;

const harmless: ReadonlySet<unknown> = new Set([ABORT, AUTHENTICATE, GOODBYE, SUBSCRIBE, UNSUBSCRIBE, CANCEL]);

const requests: ReadonlyMap<unknown, 'publish' | 'call' | 'register'> = new Map([
  [PUBLISH, 'publish'],
  [CALL, 'call'],
  [REGISTER, 'register'],
]);

const changing = /^wamp\.session\.(kill|add_|flush_)/;

/** The procedures of every router that only read. */
const reading: ReadonlySet<string> = new Set(Object.values(MetaProcedure).filter((uri) => !changing.test(uri)));

/** A URI that a line of the log shows as it is. */
const printableUri = /^[^\s\p{C}]{1,255}$/u;

/**
 * Decides about a message that a page sends to the router. A page may join one realm, subscribe, and ask the router about
 * sessions, subscriptions and registrations. It may publish and call where writes are allowed, and never register.
 *
 * @param text a frame of the subprotocol `wamp.2.json`.
 *
 * @example
 * ```ts
 * judge('[16, 1, {}, "com.example.topic"]', { realm: 'realm1', writes: false }).kind; // refuse
 * ```
 */
export function judge(text: string, { realm, writes }: GateRules): Verdict {
  const message = listOf(text);
  if (!message) return { kind: 'end', reason: 'expected a WAMP message: a JSON list' };
  const [type, request, , uri] = message;
  if (harmless.has(type)) return { kind: 'pass' };
  if (type === HELLO) {
    if (request === realm) return { kind: 'pass' };
    return { kind: 'end', reason: `the console joins no realm but ${realm}`.slice(0, 120) };
  }
  const action = requests.get(type);
  if (!action || !Number.isSafeInteger(request)) {
    return { kind: 'end', reason: 'the console does not pass on messages of this type' };
  }
  const refuse = (error: string, why: string): Verdict => ({
    kind: 'refuse',
    answer: JSON.stringify([ERROR, type, request, {}, error, [why]]),
  });
  if (action === 'call' && reading.has(uri as string)) return { kind: 'pass' };
  if (action === 'register') return refuse(Uri.NOT_AUTHORIZED, 'the console registers no procedures');
  if (!writes) {
    const what = action === 'publish' ? 'publications' : 'calls';
    return refuse(
      Uri.NOT_AUTHORIZED,
      `the console is read-only and passes on no ${what}: set "writes": true in controller.admin.console`,
    );
  }
  if (typeof uri !== 'string' || !printableUri.test(uri)) {
    return refuse(Uri.INVALID_URI, 'expected a URI of at most 255 characters without spaces and control characters');
  }
  return { kind: 'pass', write: { action, uri } };
}

function listOf(text: string): readonly unknown[] | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return Array.isArray(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
