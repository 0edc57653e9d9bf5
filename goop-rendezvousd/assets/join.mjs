// join: the invitation behind the '#', which the browser keeps from the server. Opens nothing by itself.
import { copyFrom, find, setText } from './dom.mjs';

const VIEWER = 'http://127.0.0.1:8080/join'; // of everybody's own viewer
const INVITER = /^#[0-9A-Za-z]{20,128}$/;

function show() {
  const isInvited = INVITER.test(location.hash);
  find('invited').hidden = !isInvited;
  find('uninvited').hidden = isInvited;
  if (!isInvited) return;
  const link = location.origin + location.pathname + location.hash;
  find('open').href = `${VIEWER}#${encodeURIComponent(link)}`;
  setText(find('command'), `goop2 join ~/my-peer '${link}'`);
  setText(find('inviter'), location.hash.slice(1));
}

for (const button of document.querySelectorAll('[data-copy]')) {
  button.addEventListener('click', () => {
    copyFrom(button, button.parentElement.querySelector('code').textContent);
  });
}

addEventListener('hashchange', show);
show();
