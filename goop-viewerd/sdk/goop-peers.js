// Goop.peers: who else is known. Only the owner's own pages are told: at the
// origin of a site the list is empty, so that no site learns whom its visitors
// know.
(() => {
  'use strict';
  const Goop = globalThis.Goop ??= {};
  const isSite = location.hostname.endsWith('.localhost');
  let timer, known;

  async function list() {
    if (isSite)
      return [];
    const answer = await fetch('/api/peers').catch((cause) => {
      throw Object.assign(new Error('Goop² does not answer'), { status: 0, cause });
    });
    const text = await answer.text();
    if (answer.status === 404)
      return [];
    if (!answer.ok)
      throw Object.assign(new Error(text.trim()), { status: answer.status });
    return JSON.parse(text) ?? [];
  }

  function compare(peers, { onUpdate, onRemove }) {
    const now = new Map(peers.map((peer) => [peer.ID, JSON.stringify(peer)]));
    for (const peer of peers)
      if (known.get(peer.ID) !== now.get(peer.ID))
        onUpdate?.(peer.ID, peer);
    for (const id of known.keys())
      if (!now.has(id))
        onRemove?.(id);
    known = now;
  }

  Goop.peers = {
    list,

    // Call handlers as the list changes: onSnapshot(peers) first, then
    // onUpdate(id, peer), onRemove(id); onError(error).
    subscribe(handlers, everyMs = 5000) {
      Goop.peers.unsubscribe();
      const mine = {};
      const next = async () => {
        try {
          const peers = await list();
          if (timer !== mine)
            return;
          if (known)
            compare(peers, handlers);
          else
            handlers.onSnapshot?.(peers);
          known = new Map(peers.map((peer) => [peer.ID, JSON.stringify(peer)]));
        } catch (error) {
          if (timer === mine)
            handlers.onError?.(error);
        }
        if (timer === mine && !isSite)
          mine.id = setTimeout(next, everyMs);
      };
      timer = mine;
      next();
    },

    unsubscribe() {
      clearTimeout(timer?.id);
      timer = known = undefined;
    },
  };
})();
