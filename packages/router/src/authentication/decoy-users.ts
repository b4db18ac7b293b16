import { processBytes, processDigest } from './process-secret.ts';

/** The limit of shapes that are remembered of users returned by authenticators. */
const maxModels = 64;

/** The limit of hkdf. */
const maxSaltLength = 255 * 32;

/**
 * The usual alphabets of salts. A decoy's salt uses the first alphabet that contains all letters of its model's salt.
 */
const alphabets = [
  '0123456789',
  '0123456789abcdef',
  '0123456789ABCDEF',
  '0123456789abcdefghijklmnopqrstuvwxyz',
  '0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ',
  '0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ+/',
  '0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-_',
] as const;

/** The properties of a user that a challenge reveals besides the name. */
interface Shape {
  readonly role: string;
  readonly salt?: string | undefined;
  readonly iterations?: number | undefined;
  readonly keylen?: number | undefined;
}

/**
 * Users that do not exist, but are challenged like real users. Each unknown name gets the shape of a real user and its
 * own constant salt. So a client cannot find out which names exist.
 */
export class DecoyUsers {
  readonly #models = new Map<string, Shape>();

  constructor(users: Iterable<Shape> = []) {
    for (const user of users) this.remember(user);
  }

  /** Adds the shape of a user to the models of the decoys. */
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

  /** The model with the highest digest, so that a new model changes the shape of only a few names. */
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

/** A salt of the same length in the same alphabet; base64 padding stays at the end. */
function saltLike(salt: string, authid: string): string {
  const [content = '', padding = ''] = salt.split(/(=*)$/);
  const alphabet = alphabets.find((letters) => [...content].every((letter) => letters.includes(letter)));
  const letters = alphabet ?? alphabets[alphabets.length - 1] ?? '';
  const bytes = processBytes(`salt ${authid}`, Math.min(content.length, maxSaltLength));
  return Array.from(bytes, (byte) => letters[byte % letters.length]).join('') + padding;
}
