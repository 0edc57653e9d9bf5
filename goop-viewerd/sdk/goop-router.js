// Goop.router: pages of one site by file name and query.
(() => {
  'use strict';
  const Goop = globalThis.Goop ??= {};
  const prefix = /^\/p\/[1-9A-HJ-NP-Za-km-z]{46,}(?=\/)/.exec(location.pathname)?.[0] ?? '';
  const query = () => new URLSearchParams(location.search);

  Goop.router = {
    param: (name) => query().get(name),
    params: () => Object.fromEntries(query()),
    page: () => location.pathname.slice(prefix.length + 1) || 'index.html',
    // To a page of this site; an address of elsewhere is not followed.
    go(target) {
      const root = new URL(`${prefix}/`, location.origin);
      const url = new URL(String(target).replace(/^\/+/, ''), root);
      if (url.origin === root.origin && url.pathname.startsWith(root.pathname))
        location.assign(url);
    },
    home: () => Goop.router.go('index.html'),
  };
})();
