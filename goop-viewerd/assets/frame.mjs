// frame: what all pages share: who I am, the theme, and whether Goop is there.
import { find, setText } from './dom.mjs';
import { listen } from './feed.mjs';

const DAEMONS = {
  goopd: 'The connection to other peers is restarting. Sites will open again in a moment.',
  'goop-discoveryd': 'Peer discovery is restarting. The list may be out of date for a moment.',
};
const PATIENCE_MS = 400; // a page that loads is not a viewer that is away

let viewerIsAway = false;
let daemons = {};
let patience;

function showBanner() {
  const banner = find('banner');
  const missing = Object.keys(DAEMONS).find((name) => daemons[name] === false);
  const text = viewerIsAway ? 'The viewer is restarting …' : missing ? DAEMONS[missing] : '';
  banner.hidden = text === '';
  setText(banner, text);
  find('link-dot').className = `dot ${text === '' ? 'on' : 'waiting'}`;
}

function showSoon() {
  clearTimeout(patience);
  patience = setTimeout(showBanner, PATIENCE_MS);
}

export function setTheme(theme) {
  document.documentElement.dataset.theme = theme;
  localStorage.setItem('theme', theme);
}

// Begin; handlers are those of the page for the peers' feed.
export function start(handlers = {}) {
  listen('/api/peers/events', {
    ...handlers,
    self(me) {
      setText(find('whoami'), me.label);
      setTheme(me.theme);
      handlers.self?.(me);
    },
    daemons(now) {
      daemons = now;
      showSoon();
    },
    up() {
      viewerIsAway = false;
      showSoon();
    },
    down() {
      viewerIsAway = true;
      showSoon();
    },
  });
}
