// feed: live events of the viewer, shared between tabs where the browser can.

const EVENTS = ['snapshot', 'peer', 'gone', 'self', 'daemons', 'servers', 'message', 'changed'];
const RETRY_MS = 1000;
const JOIN_MS = 500; // for the worker to say that it is there
const WORKER = '/assets/feed-worker.js';

// Pages may not make script addresses from text; this is the one exception.
const policy = self.trustedTypes?.createPolicy('goop-feed', { createScriptURL: () => WORKER });
const workerAddress = () => policy?.createScriptURL('') ?? WORKER;

function pass(handlers, event, data) {
  handlers[event]?.(data === undefined ? undefined : JSON.parse(data));
}

function listenShared(address, handlers) {
  let port;
  let patience;
  function leave() {
    clearTimeout(patience);
    port.onmessage = null;
    port.postMessage({ leave: true });
  }
  function join() {
    ({ port } = new SharedWorker(workerAddress(), 'goop-feed'));
    port.onmessage = ({ data: { event, data } }) => {
      clearTimeout(patience);
      pass(handlers, event, data);
    };
    port.postMessage({ join: address });
    patience = setTimeout(again, JOIN_MS);
  }
  // Its script did not come, or the worker of the page before was just ending.
  function again() {
    pass(handlers, 'down');
    leave();
    join();
  }
  join();
  // A page may sleep in the back/forward cache and come back.
  addEventListener('pagehide', leave);
  addEventListener('pageshow', ({ persisted }) => persisted && join());
}

function listenAlone(address, handlers) {
  const source = new EventSource(address);
  source.onopen = () => pass(handlers, 'up');
  source.onerror = () => {
    pass(handlers, 'down');
    if (source.readyState === EventSource.CLOSED) {
      setTimeout(() => listenAlone(address, handlers), RETRY_MS);
    }
  };
  for (const event of EVENTS) {
    source.addEventListener(event, ({ data }) => pass(handlers, event, data));
  }
}

// Call handlers[event](data) for each event of the stream, and up() and down().
export function listen(address, handlers) {
  ('SharedWorker' in self ? listenShared : listenAlone)(address, handlers);
}
