// join: an invitation that came as the address of this page. Nothing happens before a click.
import { find, setText } from './dom.mjs';
import { start } from './frame.mjs';
import { joinServer } from './servers.mjs';

const INVITER = /^#[0-9A-Za-z]{20,128}$/;

// The invitation, or null: a link "https://SERVER/join#<peer id>" without a login.
function invitationOf(text) {
  let link;
  try {
    link = new URL(decodeURIComponent(text));
  } catch {
    return null;
  }
  const isWeb = link.protocol === 'https:' || link.protocol === 'http:';
  const isPlain = link.username === '' && link.password === '' && link.search === '';
  if (!isWeb || !isPlain || !link.pathname.endsWith('/join') || !INVITER.test(link.hash)) return null;
  return { server: link.origin + link.pathname.slice(0, -'/join'.length), inviter: link.hash.slice(1) };
}

let invitation = null;

function show() {
  invitation = invitationOf(location.hash.slice(1));
  find('asked').hidden = invitation === null;
  find('none').hidden = invitation !== null;
  find('accept').disabled = false;
  find('choice').hidden = false;
  find('next').hidden = true;
  setText(find('said'), '');
  if (invitation === null) return;
  setText(find('host'), invitation.server);
  setText(find('inviter'), invitation.inviter);
  find('visit').href = `/p/${invitation.inviter}/`;
}

function done(text) {
  setText(find('said'), text);
  find('choice').hidden = true;
  find('next').hidden = false;
}

const trimmed = (url) => url.replace(/\/+$/, '');

start({
  servers({ servers }) {
    if (invitation === null) return;
    const used = servers.find((server) => !server.is_own);
    const isUsed = used && trimmed(used.url) === trimmed(invitation.server);
    find('instead').hidden = !used || isUsed;
    if (isUsed) done('You use this server.');
    else if (used) setText(find('instead'), `It takes the place of ${used.url}, which you leave.`);
  },
});

find('accept').addEventListener('click', async () => {
  const said = find('said');
  find('accept').disabled = true;
  said.classList.remove('wrong');
  setText(said, 'Trying …');
  try {
    await joinServer(invitation.server);
    done('Joined.');
    find('visit').focus();
  } catch (error) {
    said.classList.add('wrong');
    setText(said, `Not joined: ${error.message}`);
    find('accept').disabled = false;
  }
});

addEventListener('hashchange', show);
show();
