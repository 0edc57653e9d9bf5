// servers: the rendezvous servers of this peer, on the page Me: join, leave, invite.
import { element, find, setText } from './dom.mjs';

const peersOf = (count) => (count === 1 ? '1 peer' : `${count} peers`);

// "connected by WebSocket, 12 peers"; "not connected: ..., trying again soon"
function stateOf(server) {
  const words = [server.is_connected ? `${server.state}, ${peersOf(server.peers)}` : server.state];
  if (server.last_error) words.push(server.last_error);
  return words.join(': ') + (server.next_try_ms > 0 ? '. Retrying automatically.' : '');
}

function dotOf(server) {
  return server.last_error ? 'wrong' : server.is_connected ? 'on' : 'waiting';
}

function say(text, wrong = false) {
  const said = find('joined');
  said.classList.toggle('wrong', wrong);
  setText(said, text);
}

async function post(path, body) {
  const answer = await fetch(path, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(body),
  });
  if (!answer.ok) throw new Error((await answer.text()).trim());
}

// Try a server and use it from now on; throws what is wrong, in words.
export const joinServer = (url) => post('/api/servers/join', { url });

async function leave(button) {
  button.disabled = true;
  try {
    await post('/api/servers/leave', {});
    say('Left.');
    find('server').focus();
  } catch (error) {
    say(`Not left: ${error.message}`, true);
    button.disabled = false;
  }
}

function makeLeave(server) {
  const button = element('button', { type: 'button', class: 'leave',
    'aria-label': `Leave ${server.url}` }, 'Leave');
  button.addEventListener('click', () => leave(button));
  return button;
}

function makeServer(server) {
  return element('li', {},
    element('span', { class: `dot ${dotOf(server)}` }),
    element('code', {}, server.url),
    server.is_own ? element('span', { class: 'tag' }, 'hosted by me') : '',
    server.is_own ? '' : makeLeave(server),
    element('span', { class: 'said' }, stateOf(server)));
}

async function showInvitation() {
  let invitation;
  try {
    invitation = await (await fetch('/api/invitation')).json();
  } catch {
    return; // the viewer is away: it comes again with the servers
  }
  const { link, why } = invitation;
  find('invitation').hidden = link === '';
  find('no-invitation').hidden = link !== '';
  setText(find('no-invitation'), why ?? '');
  if (find('invite').textContent === link) return;
  setText(find('invite'), link);
  if (link !== '') find('invite-qr').src = `/api/invitation/qr.svg?${encodeURIComponent(link)}`;
}

// What changes by the second does not take the keyboard's focus away.
let shown = '';
export function showServers(servers) {
  const now = JSON.stringify(servers);
  if (now === shown) return;
  shown = now;
  const list = find('server-list');
  const wasInside = list.contains(document.activeElement);
  list.replaceChildren(...servers.map(makeServer));
  if (wasInside) list.querySelector('button')?.focus();
  showInvitation();
}

export function startServers() {
  const form = find('join');
  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    find('connect').disabled = true;
    say('Trying …');
    try {
      await joinServer(form.elements.server.value);
      form.reset();
      say('Connected.');
    } catch (error) {
      say(`Not connected: ${error.message}`, true);
    }
    find('connect').disabled = false;
  });
}
