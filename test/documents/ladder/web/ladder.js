// The ladder's page: the same plan as `npm run plan`, made anew whenever the users or their habits change.
import { named, plan } from '../../../../lib/capacity/plan';
import { QUEUE_KINDS } from '../../../../lib/scaling-plan';
import { dollars, reportOf } from '../../../../lib/capacity/report';

/** @import { Table } from '../../../../lib/capacity/report' */

/** Steps of the slider to a tenfold of users. */
const STEPS = 100;

const SETTING = /** @type {const} */ ({
  region: 'us-east-1',
  furtherRegions: ['eu-west-1'],
  hasDomain: true,
  stage: undefined,
  without: [],
});

/**
 * @template {HTMLElement} T
 * @param {string} id
 * @param {new () => T} type
 * @returns {T}
 */
function element(id, type) {
  const found = document.getElementById(id);
  if (found instanceof type) return found;
  throw new Error(`The page has no ${id}.`);
}

const slider = element('users', HTMLInputElement);
const requests = element('requests', HTMLSelectElement);
const availability = element('availability', HTMLSelectElement);
const far = element('far', HTMLSelectElement);
const queue = element('queue', HTMLSelectElement);

/** Users of a day, with two digits that count: people do not know them better. */
function users() {
  return Number((10 ** (Number(slider.value) / STEPS)).toPrecision(2));
}

/**
 * What was chosen; undefined where it is the planner's own.
 *
 * @param {HTMLSelectElement} select
 */
function chosen({ value }) {
  return value === '' ? undefined : Number(value);
}

/**
 * @param {string} id
 * @param {Table} table
 * @param {boolean} withBars
 */
function show(id, { title, columns, rows }, withBars = false) {
  const table = element(id, HTMLTableElement);
  const caption = table.createCaption();
  caption.textContent = title;
  const head = document.createElement('thead');
  head.append(row('th', ['', ...columns]));
  const body = document.createElement('tbody');
  body.append(
    ...rows.map(([name, ...cells]) => {
      const line = row('td', [name, ...cells]);
      if (name.startsWith('→')) line.className = 'answer';
      if (withBars) line.append(bar(cells[0] ?? ''));
      return line;
    }),
  );
  table.replaceChildren(caption, head, body);
}

/**
 * @param {'th' | 'td'} kind
 * @param {readonly string[]} cells
 */
function row(kind, [name = '', ...cells]) {
  const line = document.createElement('tr');
  const first = document.createElement('th');
  first.scope = kind === 'th' ? 'col' : 'row';
  first.textContent = name;
  line.append(
    first,
    ...cells.map((cell) => {
      const one = document.createElement(kind);
      if (one instanceof HTMLTableCellElement && kind === 'th') one.scope = 'col';
      one.textContent = cell;
      return one;
    }),
  );
  return line;
}

/** @param {string} share such as `12 %`: the cell beside it says so, so a screen reader passes by the bar */
function bar(share) {
  const cell = document.createElement('td');
  cell.className = 'bar';
  cell.ariaHidden = 'true';
  const full = document.createElement('span');
  full.style.width = `${Math.min(100, parseFloat(share))}%`;
  cell.append(full);
  return cell;
}

/** The kind of queue that is asked for, which asks for its rung. */
function asked() {
  const kind = QUEUE_KINDS.find((each) => each === queue.value);
  return kind === undefined
    ? { chosen: {}, needs: [] }
    : { chosen: { queue: kind }, needs: /** @type {const} */ (['message-queue']) };
}

function refresh() {
  const made = plan(
    {
      users: users(),
      requestsPerUser: chosen(requests),
      availability: chosen(availability),
      far: chosen(far),
    },
    // As `npm run plan -- --queue` has it.
    { ...SETTING, ...asked() },
  );
  const { headline, command, needs, load, cost, utilisation, rungs, says, notes } = reportOf(
    made,
    new Date().toISOString().slice(0, 10),
  );
  const { answer } = made;
  const rung = named(answer.place);
  slider.setAttribute('aria-valuetext', `${users().toLocaleString('en-US')} users a day`);
  element('count', HTMLOutputElement).textContent = users().toLocaleString('en-US');
  element('headline', HTMLParagraphElement).textContent = headline;
  element('month', HTMLElement).textContent = answer.bill.known ? dollars(answer.bill.total.expected) : '?';
  element('rest', HTMLElement).textContent = answer.atRest.known
    ? dollars(answer.atRest.total.expected)
    : '?';
  element('load', HTMLParagraphElement).textContent = [...needs, load].join(' ');
  element('command', HTMLElement).textContent = command;
  for (const picture of document.querySelectorAll('[data-rung]')) {
    if (picture instanceof HTMLElement) {
      picture.hidden =
        picture.dataset['rung'] !== rung || picture.dataset['queue'] !== (answer.plan.queues[0] ?? 'sqs');
    }
  }
  show('cost', cost);
  show('utilisation', utilisation, true);
  show('rungs', rungs);
  const [next, ...others] = [...says, ...notes];
  element('next', HTMLParagraphElement).textContent = next?.[1] ?? '';
  element('says', HTMLDListElement).replaceChildren(
    ...others.flatMap(([heading, sentence]) => {
      const [term, details] = [document.createElement('dt'), document.createElement('dd')];
      term.textContent = heading;
      details.textContent = sentence;
      return [term, details];
    }),
  );
}

let isAsked = false;
function ask() {
  if (isAsked) return;
  isAsked = true;
  // A slider tells of every step that it passes.
  requestAnimationFrame(() => {
    isAsked = false;
    refresh();
  });
}

for (const control of [slider, requests, availability, far, queue]) control.addEventListener('input', ask);
refresh();
