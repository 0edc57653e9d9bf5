// feed-worker: one event stream for all tabs (a SharedWorker): browsers allow
// six connections to a server, and each stream holds one. A tab that joins
// makes the stream begin anew, so that everybody has the snapshot.
'use strict';

const EVENTS = ['snapshot', 'peer', 'gone', 'self', 'daemons', 'servers', 'message', 'changed'];
const RETRY_MS = 1000;
const streams = new Map(); // address -> { ports, source, timer }

function tell(stream, event, data) {
  for (const port of stream.ports) port.postMessage({ event, data });
}

function listen(address, stream) {
  clearTimeout(stream.timer);
  stream.source?.close();
  const source = new EventSource(address);
  stream.source = source;
  source.onopen = () => tell(stream, 'up');
  source.onerror = () => {
    tell(stream, 'down');
    // A refusal ends an EventSource for good; a broken line does not.
    if (source.readyState === EventSource.CLOSED) {
      stream.timer = setTimeout(() => listen(address, stream), RETRY_MS);
    }
  };
  for (const event of EVENTS) {
    source.addEventListener(event, (message) => tell(stream, event, message.data));
  }
}

function join(port, address) {
  port.postMessage({ event: 'joined' });
  const stream = streams.get(address) ?? { ports: new Set() };
  streams.set(address, stream);
  stream.ports.add(port);
  listen(address, stream);
}

function leave(port) {
  for (const [address, stream] of streams) {
    if (!stream.ports.delete(port) || stream.ports.size > 0) continue;
    clearTimeout(stream.timer);
    stream.source.close();
    streams.delete(address);
  }
}

self.onconnect = ({ ports: [port] }) => {
  port.onmessage = ({ data }) => (data.join ? join(port, data.join) : leave(port));
};
