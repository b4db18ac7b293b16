/**
 * Limit of sessions, subscriptions and registrations that the router is asked for; further sessions are only counted.
 */
const LIMIT = 100;

/**
 * @typedef {import('./wamp.js').WampSession} WampSession
 * @typedef {object} SessionRow
 * @property {number} session
 * @property {string} [authid]
 * @property {string} [authrole]
 * @property {string} [authmethod]
 * @property {{ type?: string, peer?: string }} [transport]
 * @property {number} [waitingBytes]
 * @property {number} [subscriptions]
 * @property {readonly string[]} [topics]
 * @property {number} [registrations]
 * @property {readonly string[]} [procedures]
 * @property {string} [worker] the router worker of the node, which can close the session
 *
 * @typedef {{ count: number, sessions: SessionRow[], note: string }} SessionRows
 */

/**
 * The sessions of a realm from the meta API, which every router has. It does not report the bytes that wait for a
 * session.
 *
 * @param {WampSession} session
 * @returns {Promise<SessionRows>}
 */
export async function metaSessions(session) {
  const { args } = await session.call('wamp.session.list');
  const ids = /** @type {number[]} */ (args[0] ?? []);
  const asked = await Promise.allSettled(ids.slice(0, LIMIT).map((id) => session.call('wamp.session.get', [id])));
  // Most of those that could not be read have left in the meantime.
  const found = asked.flatMap((one) =>
    one.status === 'fulfilled' ? [/** @type {SessionRow} */ (one.value.args[0])] : [],
  );
  if (found.length === 0 && asked[0]?.status === 'rejected') throw asked[0].reason;
  const [topics, procedures] = await Promise.all([
    namesBySession(session, 'subscription', 'list_subscribers'),
    namesBySession(session, 'registration', 'list_callees'),
  ]);
  const rows = found.map((row) => ({
    ...row,
    ...(topics && {
      topics: topics.names.get(row.session) ?? [],
      subscriptions: topics.names.get(row.session)?.length ?? 0,
    }),
    ...(procedures && {
      procedures: procedures.names.get(row.session) ?? [],
      registrations: procedures.names.get(row.session)?.length ?? 0,
    }),
  }));
  const cut = [topics, procedures].some((one) => one && one.count > LIMIT);
  const note = [
    'The router does not tell how many bytes wait for a session: a pgwamp node does of its own router.',
    topics && procedures ? '' : 'It does not let this page read subscriptions or registrations.',
    cut ? `Of subscriptions and registrations the first ${LIMIT} are read.` : '',
  ];
  return { count: ids.length, sessions: rows, note: note.filter(Boolean).join(' ') };
}

/**
 * The URIs of subscriptions or registrations by session; undefined if the router does not report them.
 *
 * @param {WampSession} session
 * @param {'subscription' | 'registration'} kind
 * @param {string} lister
 * @returns {Promise<{ count: number, names: Map<number, string[]> } | undefined>}
 */
async function namesBySession(session, kind, lister) {
  try {
    const { args } = await session.call(`wamp.${kind}.list`);
    const ids = Object.values(/** @type {Record<string, number[]>} */ (args[0] ?? {})).flat();
    /** @type {Map<number, string[]>} */
    const names = new Map();
    const asked = ids.slice(0, LIMIT).map(async (id) => {
      const [details, holders] = await Promise.all([
        session.call(`wamp.${kind}.get`, [id]),
        session.call(`wamp.${kind}.${lister}`, [id]),
      ]);
      const { uri } = /** @type {{ uri: string }} */ (details.args[0]);
      for (const holder of /** @type {number[]} */ (holders.args[0] ?? [])) {
        names.set(holder, [...(names.get(holder) ?? []), uri]);
      }
    });
    // It has ended in the meantime.
    await Promise.allSettled(asked);
    return { count: ids.length, names };
  } catch {
    return undefined;
  }
}
