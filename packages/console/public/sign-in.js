import { byId, reasonOf, say } from './elements.js';

/** The mark of a tab that was signed in, for the reason why it asks again. */
const KEY = 'pgwamp-signed-in';

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
  byId('sign-in-again').hidden = sessionStorage.getItem(KEY) === null;
  secret.focus();
  return new Promise((resolve) => {
    byId('sign-in-form').addEventListener('submit', async (event) => {
      event.preventDefault();
      try {
        await node.signIn(secret.value);
        secret.value = '';
        resolve();
      } catch (error) {
        say(byId('sign-in-error'), reasonOf(error));
        secret.select();
      }
    });
  });
}

/**
 * Shows the button that signs out, and the sign-in again when it has ended.
 *
 * @param {import('./node-client.js').NodeClient} node
 */
export function watchSignIn(node) {
  sessionStorage.setItem(KEY, '');
  node.onSignedOut = () => location.reload();
  const button = byId('sign-out');
  button.hidden = false;
  button.addEventListener('click', async () => {
    sessionStorage.removeItem(KEY);
    await node.signOut();
    location.reload();
  });
}
