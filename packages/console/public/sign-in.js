import { byId } from './elements.js';

/**
 * Asks for the password or the token until it is right.
 *
 * @param {import('./node-client.js').NodeClient} node
 * @param {'none' | 'password' | 'token'} method
 * @returns {Promise<void>} resolves after the sign-in
 */
export function signIn(node, method) {
  const secret = /** @type {HTMLInputElement} */ (byId('secret'));
  byId('secret-label').textContent = method === 'token' ? 'Token (JWT)' : 'Password';
  secret.focus();
  return new Promise((resolve) => {
    byId('sign-in-form').addEventListener('submit', async (event) => {
      event.preventDefault();
      try {
        await node.signIn(secret.value);
        secret.value = '';
        resolve();
      } catch (error) {
        byId('sign-in-error').textContent = error instanceof Error ? error.message : String(error);
        secret.select();
      }
    });
  });
}
