// Goop.identity: who visits this page: { id, label, email, ... } of the viewer.
// A visited site gets id and label, no e-mail.
(() => {
  'use strict';
  const Goop = globalThis.Goop ??= {};
  let cached, myId;

  async function load() {
    const answer = await fetch('/api/self').catch((cause) => {
      throw Object.assign(new Error('Goop² does not answer'), { status: 0, cause });
    });
    const text = await answer.text();
    if (!answer.ok)
      throw Object.assign(new Error(text.trim()), { status: answer.status });
    return { email: '', ...JSON.parse(text) };
  }

  Goop.identity = {
    get() {
      cached ??= load().catch((error) => {
        cached = undefined;
        throw error;
      });
      cached.then(({ id }) => id ? myId = id : cached = undefined, () => {});
      return cached;
    },
    id: async () => (await Goop.identity.get()).id,
    label: async () => (await Goop.identity.get()).label,
    email: async () => (await Goop.identity.get()).email,
    refresh() {
      cached = undefined;
    },
    // A name to show for a peer: never waits.
    resolveName(id, name) {
      if (id && id === myId)
        return 'You';
      return name || Goop.mq?.nameOf?.(id) || (id ? String(id).slice(-6) : 'Unknown');
    },
  };
})();
