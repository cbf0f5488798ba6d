// @ts-check

import { createLive } from './live.js';
import { createPath } from './path.js';
import { createPicture } from './picture.js';

/**
 * A link of this browser, as kept in localStorage.
 * @typedef {{ code: string, shortUrl: string, url: string, expiresAt: string | null }} Link
 *
 * What the server answers about a link.
 * @typedef {Link & { clicks: number, createdAt: string }} Answer
 */

const STORAGE_KEY = 'links';

/** Links kept; the oldest are forgotten, not deleted. */
const MAX_LINKS = 50;

/** So many of the newest links are asked for their clicks every second time, the newest each time, while somebody looks. */
const POLLED_LINKS = 10;

const NOT_REACHED = 'The server cannot be reached. Is there a connection?';

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
  if (urlField.value.trim() === '') {
    showError('Enter the link that should become short.', urlField);
    return;
  }
  submit.setAttribute('aria-disabled', 'true');
  try {
    await shorten();
  } catch {
    showError(NOT_REACHED);
  } finally {
    submit.removeAttribute('aria-disabled');
  }
});

async function shorten() {
  const response = await create({
    url: withScheme(urlField.value.trim()),
    ...(aliasField.value.trim() === '' ? {} : { alias: aliasField.value.trim() }),
    ...(expiresField.value === '' ? {} : { expiresAt: new Date(expiresField.value).toISOString() }),
  });
  if (response.status !== 201) {
    showError(await explain(response), response.status === 422 ? urlField : undefined);
    return;
  }
  const link = /** @type {Answer} */ (await response.json());
  keep([link, ...kept().filter(({ code }) => code !== link.code)]);
  drawLinks();
  resultLink.href = link.shortUrl;
  resultLink.textContent = withoutScheme(link.shortUrl);
  result.hidden = false;
  form.reset();
  say('Your short link is ready.');
}

/**
 * The key makes a repeated request harmless: when the answer to the first is lost, the second gets the same link.
 * @param {object} body
 */
async function create(body) {
  const init = {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'idempotency-key': randomKey() },
    body: JSON.stringify(body),
  };
  const ask = () => live.ask('/api/links', 'write', 'asked for', init);
  return ask().catch(ask);
}

/** `crypto.randomUUID` is missing where the page came over plain HTTP. */
function randomKey() {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) =>
    byte.toString(16).padStart(2, '0'),
  ).join('');
}

/** People leave the scheme out; another one than http is theirs to see refused. */
function withScheme(/** @type {string} */ text) {
  return /^[a-z][a-z\d+.-]*:(?!\d)/i.test(text) ? text : `https://${text}`;
}

function withoutScheme(/** @type {string} */ text) {
  return text.replace(/^https?:\/\//, '').replace(/\/$/, '');
}

/** The sentence of a problem document, or one of ours where the answer is none. */
async function explain(/** @type {Response} */ response) {
  try {
    return String((await response.json()).detail);
  } catch {
    return `The server answered with an error (${response.status}).`;
  }
}

function showError(
  /** @type {string} */ sentence,
  /** @type {HTMLInputElement | undefined} */ field = undefined,
) {
  error.textContent = sentence;
  urlField.removeAttribute('aria-invalid');
  field?.setAttribute('aria-invalid', 'true');
  field?.focus();
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

/** @returns {Link[]} */
function kept() {
  try {
    const links = JSON.parse(localStorage.getItem(STORAGE_KEY) ?? '[]');
    return Array.isArray(links) ? links.filter((link) => typeof link?.code === 'string') : [];
  } catch {
    return [];
  }
}

function keep(/** @type {Link[]} */ links) {
  const slim = links
    .slice(0, MAX_LINKS)
    .map(({ code, shortUrl, url, expiresAt }) => ({ code, shortUrl, url, expiresAt }));
  try {
    localStorage.setItem(STORAGE_KEY, JSON.stringify(slim));
  } catch {
    say('This browser keeps no data, so your links are not listed.');
  }
}

/** Rows are kept by code, so that a poll changes numbers and nothing that somebody points at. @type {Map<string, HTMLLIElement>} */
const rows = new Map();

/** Codes that the server no longer knows; asking again would be in vain. @type {Set<string>} */
const gone = new Set();

function drawLinks() {
  const links = kept();
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
    keep(kept().filter(({ code }) => code !== link.code));
    drawLinks();
    say('Removed from this list. The link still works.');
  });

  row.append(names, element('p', '', 'clicks'), copyButton, forget);
  rows.set(link.code, row);
  drawClicks(link.code, undefined);
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
  if (response.ok) {
    drawClicks(code, /** @type {Answer} */ (await response.json()).clicks);
  } else if (response.status === 410) {
    drawGone(code, 'ended');
  } else if (response.status === 404) {
    drawGone(code, 'unknown');
  }
}

/** @param {number} count */
async function refreshNewest(count) {
  for (const { code } of kept().slice(0, count)) {
    if (!gone.has(code)) {
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
  const code = kept().find((link) => !gone.has(link.code))?.code;
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
refreshNewest(MAX_LINKS)
  .catch(() => undefined)
  .then(() => live.begin(askAround));
