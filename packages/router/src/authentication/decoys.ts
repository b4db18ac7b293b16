import { processBytes, processDigest } from './process-secret.ts';

/** Shapes that are remembered of users that an authenticator knows. */
const maxModels = 64;

/** hkdf gives no more. */
const longestSalt = 255 * 32;

/** What salts are usually written in; a decoy's is written in the first alphabet that its model's is written in. */
const alphabets = [
  '0123456789',
  '0123456789abcdef',
  '0123456789ABCDEF',
  '0123456789abcdefghijklmnopqrstuvwxyz',
  '0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ',
  '0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ+/',
  '0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-_',
] as const;

/** What a challenge shows of a user besides the name. */
interface Shape {
  readonly role: string;
  readonly salt?: string | undefined;
  readonly iterations?: number | undefined;
  readonly keylen?: number | undefined;
}

/**
 * Users who do not exist, and who are challenged like those who do: each name is like one of them, with a salt of its own that stays
 * the same. So by asking nobody finds out which names are taken.
 */
export class DecoyUsers {
  readonly #models = new Map<string, Shape>();

  constructor(users: Iterable<Shape> = []) {
    for (const user of users) this.remember(user);
  }

  /** Makes decoys look like a user as well. */
  remember({ role, salt, iterations, keylen }: Shape): void {
    const key = JSON.stringify([role, salt?.length, iterations, keylen]);
    if (this.#models.size < maxModels && !this.#models.has(key)) {
      this.#models.set(key, { role, salt, iterations, keylen });
    }
  }

  for(authid: string): Shape & { readonly secret: string } {
    const { role, salt, iterations, keylen } = this.#modelFor(authid);
    const secret = processDigest(`secret ${authid}`).toString('base64url');
    return { role, secret, salt: salt === undefined ? undefined : saltLike(salt, authid), iterations, keylen };
  }

  /** The one with the highest digest: another model changes few of the names. */
  #modelFor(authid: string): Shape {
    let best: Shape = { role: 'anonymous' };
    let highest = '';
    for (const [key, model] of this.#models) {
      const digest = processDigest(`model ${authid} ${key}`).toString('hex');
      if (digest > highest) [best, highest] = [model, digest];
    }
    return best;
  }
}

/** A salt of the same length in the same alphabet; the padding of base64 stays where it is. */
function saltLike(salt: string, authid: string): string {
  const [content = '', padding = ''] = salt.split(/(=*)$/);
  const alphabet = alphabets.find((letters) => [...content].every((letter) => letters.includes(letter)));
  const letters = alphabet ?? alphabets[alphabets.length - 1] ?? '';
  const bytes = processBytes(`salt ${authid}`, Math.min(content.length, longestSalt));
  return Array.from(bytes, (byte) => letters[byte % letters.length]).join('') + padding;
}
