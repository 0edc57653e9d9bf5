// time: how long ago something was, in words.

const STEPS = [
  [60, 1, 'second'],
  [3600, 60, 'minute'],
  [86400, 3600, 'hour'],
  [Infinity, 86400, 'day'],
];
const words = new Intl.RelativeTimeFormat('en', { numeric: 'auto', style: 'short' });

// text: RFC 3339. Years before 2000 mean never.
export function ago(text, now = Date.now()) {
  const then = Date.parse(text);
  if (!(then > 946684800000)) return 'never seen';
  const seconds = Math.max(0, Math.round((now - then) / 1000));
  if (seconds < 10) return 'just now';
  const [, unit, name] = STEPS.find(([below]) => seconds < below);
  return words.format(-Math.floor(seconds / unit), name);
}

export function clock(text) {
  const when = new Date(text);
  const pad = (number, width = 2) => String(number).padStart(width, '0');
  return `${pad(when.getHours())}:${pad(when.getMinutes())}:${pad(when.getSeconds())}.${pad(when.getMilliseconds(), 3)}`;
}
