// @ts-check

/**
 * Draws the path of a request. What a part is and how it is stands in the document as text; the lines between parts are a
 * drawing behind it, which says nothing that the text does not.
 *
 * @typedef {import('./path.js').Picture} Picture
 * @typedef {import('./path.js').Node} Node
 * @typedef {import('./path.js').Link} Link
 */

const SVG = 'http://www.w3.org/2000/svg';

/** Each stretch of the way lights up after the one before it, in ms. */
const STRETCH_MS = 150;

/** @param {HTMLElement} root an empty element of its own */
export function createPicture(root) {
  /** Kept by id, so that a new answer changes words and lines, and no element. @type {Map<string, HTMLElement>} */
  const boxes = new Map();
  const lines = document.createElementNS(SVG, 'svg');
  lines.setAttribute('aria-hidden', 'true');
  const front = list('ol', 'front');
  const regions = list('ul', 'regions');
  root.replaceChildren(lines, front, regions);
  /** What was drawn last. @type {Link[]} */
  let drawn = [];
  let drawnAs = '';

  /** @param {Node} node */
  function box({ id, name, state, note }) {
    const element = boxes.get(id) ?? createBox(id);
    element.dataset['state'] = state;
    element.ariaCurrent = state === 'used' ? 'step' : null;
    setText(element.querySelector('b'), name);
    setText(element.querySelector('span'), note);
    return element;
  }

  /** @param {string} id */
  function createBox(id) {
    const created = document.createElement('li');
    created.append(document.createElement('b'), document.createElement('span'));
    boxes.set(id, created);
    return created;
  }

  /** @param {Picture['regions'][number]} region */
  function regionBox(region) {
    const element = box(region);
    if (element.children.length === 2) {
      element.append(list('ul', 'servers'), list('ul', 'stores'));
    }
    const [servers, stores] = element.querySelectorAll('ul');
    fill(servers, region.servers.map(box));
    fill(stores, region.stores.map(box));
    return element;
  }

  /** @param {boolean} isNew whether the lines run anew, for there was a request */
  function drawLines(isNew) {
    const frame = root.getBoundingClientRect();
    const shapes = drawn.flatMap((link) => shape(link, frame) ?? []);
    lines.replaceChildren(...shapes.flat());
    lines.classList.toggle('running', isNew);
  }

  /** @param {Link} link @param {DOMRect} frame */
  function shape({ from, to, state }, frame) {
    const [a, b] = [boxes.get(from)?.getBoundingClientRect(), boxes.get(to)?.getBoundingClientRect()];
    if (a === undefined || b === undefined) {
      return undefined;
    }
    const path = svg('path', { d: way(a, b, frame), class: state, pathLength: '1' });
    path.style.animationDelay = `${hops(from) * STRETCH_MS}ms`;
    if (state !== 'broken') {
      return [path];
    }
    path.removeAttribute('pathLength');
    const { x, y } = path.getPointAtLength(path.getTotalLength() / 2);
    const cross = `M${x - 5} ${y - 5}l10 10m0 -10l-10 10`;
    return [
      path,
      svg('circle', { cx: String(x), cy: String(y), r: '9', class: 'hole' }),
      svg('path', { d: cross, class: 'cross' }),
    ];
  }

  /** How far from you a box is. @param {string} id */
  function hops(id) {
    const place = [...front.children].indexOf(/** @type {HTMLElement} */ (boxes.get(id)));
    return place === -1 ? front.children.length : place;
  }

  new ResizeObserver(() => drawLines(false)).observe(root);

  /** @param {Picture} picture @param {boolean} isNew whether there was a request since it was last drawn */
  return function draw(picture, isNew) {
    fill(front, picture.front.map(box));
    fill(regions, picture.regions.map(regionBox));
    const as = JSON.stringify(picture.links);
    if (isNew || as !== drawnAs) {
      drawn = [...picture.links].sort((a, b) => ORDER.indexOf(a.state) - ORDER.indexOf(b.state));
      drawnAs = as;
      drawLines(isNew);
    }
  };
}

/** What matters lies on top. */
const ORDER = ['idle', 'used', 'broken'];

/**
 * From the right side of one box to the left side of another; where that one is further down, along its left.
 * @param {DOMRect} a
 * @param {DOMRect} b
 * @param {DOMRect} frame
 */
function way(a, b, frame) {
  const [x, y] = [b.left - frame.left, b.top - frame.top + Math.min(b.height, a.height) / 2];
  if (b.left < a.right) {
    const down = [a.left - frame.left + a.width / 2, a.bottom - frame.top];
    const lane = Math.max(x - 14, 2);
    return `M${down[0]} ${down[1]}v12H${lane}V${y}H${x}`;
  }
  const [fromX, fromY] = [a.right - frame.left, a.top - frame.top + a.height / 2];
  const middle = (fromX + x) / 2;
  return `M${fromX} ${fromY}C${middle} ${fromY} ${middle} ${y} ${x} ${y}`;
}

/** @param {string} tag @param {Record<string, string>} attributes */
function svg(tag, attributes) {
  const created = /** @type {SVGPathElement} */ (document.createElementNS(SVG, tag));
  Object.entries(attributes).forEach(([name, value]) => created.setAttribute(name, value));
  return created;
}

/** @param {'ol' | 'ul'} tag @param {string} className */
function list(tag, className) {
  const created = document.createElement(tag);
  created.className = className;
  // Without it, Safari tells nobody that a list without bullets is one.
  created.setAttribute('role', 'list');
  return created;
}

/** Changes nothing where nothing has changed. @param {Element | undefined} parent @param {HTMLElement[]} children */
function fill(parent, children) {
  if (
    parent &&
    (parent.children.length !== children.length || children.some((each, i) => each !== parent.children[i]))
  ) {
    parent.replaceChildren(...children);
  }
}

/** @param {Element | null} element @param {string} text */
function setText(element, text) {
  if (element && element.textContent !== text) {
    element.textContent = text;
  }
}
