// graph: a line over time as a small SVG; a dot and a number follow the pointer.
const SVG = 'http://www.w3.org/2000/svg';
const WIDTH = 300;
const HEIGHT = 64;

function draw(tag, attributes) {
  const made = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  return made;
}

// { node, show(values) }: a graph at least as many values wide as least; fewer
// start further right. format prints a value; onHover gets that text and how many
// values ago it was, or null.
export function graph(least, format, onHover) {
  const node = draw('svg', { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, preserveAspectRatio: 'none', class: 'graph', 'aria-hidden': 'true' });
  const area = draw('path', { class: 'area' });
  const line = draw('path', { class: 'line', 'vector-effect': 'non-scaling-stroke' });
  node.append(area, line);
  let shown = [];
  const step = () => WIDTH / (Math.max(least, shown.length) - 1);
  const x = (index) => WIDTH - (shown.length - 1 - index) * step();

  node.addEventListener('pointermove', ({ offsetX }) => {
    const at = (offsetX / node.clientWidth) * WIDTH;
    const age = Math.round((WIDTH - at) / step());
    const value = shown.at(-1 - age);
    if (value !== undefined) onHover(format(value), age);
  });
  node.addEventListener('pointerleave', () => onHover(null));

  function show(values) {
    shown = values;
    const top = Math.max(1, ...values) * 1.1;
    const y = (value) => (HEIGHT - 2 - (value / top) * (HEIGHT - 4)).toFixed(1);
    const points = values.map((value, index) => `${x(index).toFixed(1)} ${y(value)}`).join('L');
    line.setAttribute('d', points && `M${points}`);
    area.setAttribute('d', points && `M${x(0).toFixed(1)} ${HEIGHT}L${points}L${WIDTH} ${HEIGHT}z`);
  }
  return { node, show };
}
