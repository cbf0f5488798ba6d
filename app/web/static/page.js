// @ts-check

import { createKept, isLink } from './kept.js';
import { createLive } from './live.js';
import { createPath } from './path.js';
import { createPicture } from './picture.js';

/**
 * @typedef {import('./kept.js').Link} Link
 *
 * What the server answers about a link.
 * @typedef {Link & { clicks: number, createdAt: string }} Answer
 */

/** So many of the newest links are asked for their clicks every second time, the newest each time, while somebody looks. */
const POLLED_LINKS = 10;

/**
 * So many links may turn out to be unknown to the server until the page is loaded again. It lets an address guess 120 codes
 * a minute: more than that, and it would show this visitor not even the link just made.
 */
const MAX_UNKNOWN = 10;

/** An unknown link is asked for again after this, in ms: it may have been another database that did not know it. */
const UNKNOWN_FOR_MS = 24 * 60 * 60_000;

/** How long making a link may take, in ms; it takes less than one second. */
const CREATE_PATIENCE_MS = 10_000;

const NOT_REACHED = 'The server cannot be reached. Is there a connection?';
const NOT_ANSWERED =
  `The server has not answered for ${CREATE_PATIENCE_MS / 1_000} seconds. ` +
  'Press Shorten again: the link is made once, however often you try.';
const NOT_READABLE =
  'The server’s answer cannot be read. Press Shorten again: the link is made once, however often you try.';
const NOT_KEPT =
  'This browser does not let the page store anything: links that you make are listed until you leave it.';

/**
 * @template {Element} T
 * @param {string} id
 * @param {new () => T} type
 * @returns {T}
 */
function find(id, type) {
  const element = document.getElementById(id);
  if (!(element instanceof type)) {
    throw new Error(`The page has no ${id}.`);
  }
  return element;
}

const form = find('shorten', HTMLFormElement);
const urlField = find('url', HTMLInputElement);
const aliasField = find('alias', HTMLInputElement);
const expiresField = find('expires', HTMLInputElement);
const submit = /** @type {HTMLButtonElement} */ (form.querySelector('button.primary'));
const error = find('error', HTMLElement);
const result = find('result', HTMLElement);
const resultLink = find('result-link', HTMLAnchorElement);
const list = find('links', HTMLUListElement);
const notKept = find('not-kept', HTMLElement);
const note = find('status', HTMLElement);

const live = createLive({
  path: createPath(),
  draw: createPicture(find('picture', HTMLElement)),
  summary: find('path-request', HTMLElement),
  troubles: find('path-troubles', HTMLElement),
});

// ---- shortening ----

form.addEventListener('submit', async (event) => {
  event.preventDefault();
  if (submit.getAttribute('aria-disabled') === 'true') {
    return;
  }
  showError('');
  const mistake = findMistake();
  if (mistake !== undefined) {
    showError(mistake.sentence, mistake.field);
    return;
  }
  submit.setAttribute('aria-disabled', 'true');
  try {
    await shorten();
  } catch (reason) {
    showError(isTimeout(reason) ? NOT_ANSWERED : NOT_REACHED);
  } finally {
    submit.removeAttribute('aria-disabled');
  }
});

/** What can be told without the server. @returns {{ sentence: string, field: HTMLInputElement } | undefined} */
function findMistake() {
  const url = urlField.value.trim();
  const { badInput, rangeOverflow } = expiresField.validity;
  return [
    { found: url === '', sentence: 'Enter the link that should become short.', field: urlField },
    {
      found: !hasScheme(url) && !hasHost(url),
      sentence: 'This is no link: it has no host, such as example.com.',
      field: urlField,
    },
    {
      // What is half filled in reads as empty, and would make a link that never expires.
      found: badInput,
      sentence: 'The expiry is not complete: fill in day and time, or clear it.',
      field: expiresField,
    },
    {
      found: rangeOverflow || (expiresField.value !== '' && Number.isNaN(expiry().getTime())),
      sentence: 'The expiry is too far away: a year has four digits.',
      field: expiresField,
    },
  ].find(({ found }) => found);
}

/** In the visitor's own time zone. */
function expiry() {
  return new Date(expiresField.value);
}

async function shorten() {
  const url = urlField.value.trim();
  const response = await create({
    url: hasScheme(url) ? url : `https://${url}`,
    ...(aliasField.value.trim() === '' ? {} : { alias: aliasField.value.trim() }),
    ...(expiresField.value === '' ? {} : { expiresAt: expiry().toISOString() }),
  });
  const answer = await read(response);
  if (response.status !== 201) {
    showError(explain(response, answer), FIELDS[response.status]);
    return;
  }
  if (!isLink(answer)) {
    showError(NOT_READABLE);
    return;
  }
  attempt = undefined;
  known.add(answer.code);
  kept.add(answer);
  drawLinks();
  resultLink.href = answer.shortUrl;
  resultLink.textContent = withoutScheme(answer.shortUrl);
  result.hidden = false;
  form.reset();
  say('Your short link is ready.');
}

/** Whose value a refusal is about. @type {Record<number, HTMLInputElement>} */
const FIELDS = { 409: aliasField, 422: urlField };

/** What was sent and has not made a link for certain. @type {{ body: string, key: string } | undefined} */
let attempt;

/**
 * The key makes a repeated request harmless: when the answer to the first is lost, the second gets the same link, also when
 * it is the visitor who repeats it.
 * @param {object} link
 */
async function create(link) {
  const body = JSON.stringify(link);
  attempt = attempt?.body === body ? attempt : { body, key: randomKey() };
  const init = {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'idempotency-key': attempt.key },
    body,
    signal: AbortSignal.timeout(CREATE_PATIENCE_MS),
  };
  const ask = () => live.ask('/api/links', 'write', 'asked for', init);
  return ask().catch((reason) => (isTimeout(reason) ? Promise.reject(reason) : ask()));
}

/** @param {unknown} reason */
function isTimeout(reason) {
  return reason instanceof DOMException && reason.name === 'TimeoutError';
}

/** `crypto.randomUUID` is missing where the page came over plain HTTP. */
function randomKey() {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) =>
    byte.toString(16).padStart(2, '0'),
  ).join('');
}

/** People leave it out; another one than http is theirs to see refused. @param {string} text */
function hasScheme(text) {
  return /^[a-z][a-z\d+.-]*:(?!\d)/i.test(text);
}

/** Whether what was typed without a scheme begins with a host: a name with a dot, an address, or localhost. @param {string} text */
function hasHost(text) {
  const [host = ''] = text.split(/[/?#]/);
  return /[^.]\.[^.]|^\[.*\]|^localhost(:\d+)?$/i.test(host);
}

function withoutScheme(/** @type {string} */ text) {
  return text.replace(/^https?:\/\//, '').replace(/\/$/, '');
}

/** The body as JSON; undefined where it is none, as of a proxy's own page. @param {Response} response */
async function read(response) {
  return response.json().catch((/** @type {unknown} */ reason) => {
    if (isTimeout(reason)) {
      throw reason;
    }
  });
}

/** The sentence of a problem document, or one of ours where the answer is none. @param {Response} response @param {any} answer */
function explain({ status }, answer) {
  const detail = answer?.detail;
  return typeof detail === 'string' && detail !== ''
    ? detail
    : `The server answered with an error (${status}).`;
}

function showError(
  /** @type {string} */ sentence,
  /** @type {HTMLInputElement | undefined} */ field = undefined,
) {
  error.textContent = sentence;
  [urlField, aliasField, expiresField].forEach((each) => each.removeAttribute('aria-invalid'));
  if (field !== undefined) {
    field.setAttribute('aria-invalid', 'true');
    const around = field.closest('details');
    if (around !== null) {
      around.open = true;
    }
    field.focus();
  }
}

// ---- copying ----

find('result-copy', HTMLButtonElement).addEventListener('click', () => copy(resultLink.href));

async function copy(/** @type {string} */ text) {
  const copied = (await copyByClipboard(text)) || copyBySelection(text);
  say(copied ? 'Copied.' : 'Copying is not allowed here. Select the link and copy it.');
}

/** Without HTTPS there is no `navigator.clipboard` at all. */
async function copyByClipboard(/** @type {string} */ text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return false;
  }
}

/** The old way: it works over plain HTTP. */
function copyBySelection(/** @type {string} */ text) {
  const area = document.createElement('textarea');
  area.value = text;
  area.setAttribute('aria-hidden', 'true');
  const focused = document.activeElement;
  document.body.append(area);
  area.select();
  const copied = document.execCommand('copy');
  area.remove();
  if (focused instanceof HTMLElement) {
    focused.focus();
  }
  return copied;
}

/** @type {number | undefined} */
let silence;

/** For eyes a note that passes, for ears a live region. */
function say(/** @type {string} */ sentence) {
  note.textContent = sentence;
  clearTimeout(silence);
  silence = setTimeout(() => (note.textContent = ''), 3000);
}

// ---- this browser's links ----

const kept = createKept((isKept) => {
  const sentence = isKept ? '' : NOT_KEPT;
  if (notKept.textContent !== sentence) {
    notKept.textContent = sentence;
  }
});

/** Rows are kept by code, so that a poll changes numbers and nothing that somebody points at. @type {Map<string, HTMLLIElement>} */
const rows = new Map();

/** Codes that the server no longer leads on; asking again would be in vain. @type {Set<string>} */
const gone = new Set();

/** Codes that it has answered for, to this page. @type {Set<string>} */
const known = new Set();

/** How many codes it did not know. */
let unknown = 0;

function drawLinks() {
  const links = kept.all();
  find('empty', HTMLElement).hidden = links.length > 0;
  list.replaceChildren(...links.map((link) => rows.get(link.code) ?? createRow(link)));
}

/** @param {Link} link */
function createRow(link) {
  const name = withoutScheme(link.shortUrl);
  const row = document.createElement('li');

  const short = document.createElement('a');
  short.href = link.shortUrl;
  short.target = '_blank';
  short.rel = 'noopener';
  short.textContent = name;
  const long = element('span', withoutScheme(link.url), 'hint');
  long.title = link.url;
  const names = element('div', '', 'names');
  names.append(short, long);

  const copyButton = element('button', 'Copy');
  copyButton.setAttribute('aria-label', `Copy ${name}`);
  copyButton.addEventListener('click', () => copy(link.shortUrl));

  const forget = element('button', '×', 'forget');
  forget.setAttribute('aria-label', `Remove ${name} from this list`);
  forget.title = 'Remove from this list';
  forget.addEventListener('click', () => {
    rows.delete(link.code);
    kept.remove(link);
    drawLinks();
    say(gone.has(link.code) ? 'Removed from this list.' : 'Removed from this list. The link still works.');
  });

  row.append(names, element('p', '', 'clicks'), copyButton, forget);
  rows.set(link.code, row);
  drawClicks(link.code, undefined);
  if (Date.now() - (link.unknownAt ?? -Infinity) < UNKNOWN_FOR_MS) {
    drawGone(link.code, 'unknown');
  }
  return row;
}

/** @param {string} code @param {number | undefined} clicks */
function drawClicks(code, clicks) {
  const place = rows.get(code)?.querySelector('.clicks');
  place?.replaceChildren(
    element('b', clicks === undefined ? '–' : clicks.toLocaleString('en')),
    clicks === 1 ? ' click' : ' clicks',
  );
}

/** @param {string} code @param {string} why */
function drawGone(code, why) {
  gone.add(code);
  const row = rows.get(code);
  row?.classList.add('gone');
  row?.querySelector('.clicks')?.replaceChildren(element('span', why, 'hint'));
}

/**
 * @param {string} tag
 * @param {string} text
 * @param {string} [className]
 */
function element(tag, text, className) {
  const created = document.createElement(tag);
  created.textContent = text;
  if (className !== undefined) {
    created.className = className;
  }
  if (created instanceof HTMLButtonElement) {
    created.type = 'button';
  }
  return created;
}

/** @param {string} code */
async function refresh(code) {
  const response = await live.ask(`/api/links/${code}`, 'show', 'aside');
  const answer = await read(response);
  if (response.ok && isLink(answer)) {
    known.add(code);
    kept.note(code, undefined);
    drawClicks(code, /** @type {Answer} */ (answer).clicks);
  } else if (response.status === 410) {
    drawGone(code, 'ended');
  } else if (response.status === 404) {
    unknown += 1;
    kept.note(code, Date.now());
    drawGone(code, 'unknown');
  }
}

/** @param {number} [count] all of them without */
async function refreshNewest(count) {
  for (const { code } of kept.all().slice(0, count)) {
    if (!gone.has(code) && (known.has(code) || unknown < MAX_UNKNOWN)) {
      await refresh(code);
    }
  }
}

/**
 * Asks either the way of a redirect, with no click, or where writes go; by chance, so that it does not keep step with the
 * turns in which servers and databases are asked, and never meets one of them. Then what may have changed meanwhile.
 *
 * @param {number} turn
 */
async function askAround(turn) {
  const code = kept.all().find((link) => known.has(link.code) && !gone.has(link.code))?.code;
  const ownWay = code === undefined || Math.random() < 0.5 ? undefined : code;
  const { status } = await (ownWay === undefined
    ? live.ask('/writable', 'write', 'own')
    : live.ask(`/path/${ownWay}`, 'redirect', 'own'));
  await refreshNewest(turn % 2 === 0 ? POLLED_LINKS : 1);
  return status < 500;
}

// Another tab has shortened or removed something.
addEventListener('storage', drawLinks);

find('host', HTMLElement).textContent = location.host;
find('path', HTMLElement).hidden = false;
drawLinks();
refreshNewest()
  .catch(() => undefined)
  .then(() => live.begin(askAround));
