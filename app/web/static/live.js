// @ts-check

/**
 * Keeps the picture of the path live: asks a light request a second while somebody looks at the page, less often while
 * nobody answers, none while the page is hidden or was left alone.
 *
 * @typedef {import('./path.js').Answer} Answer
 * @typedef {import('./path.js').Kind} Kind
 */

const INTERVAL_MS = 1_000;
const LONGEST_INTERVAL_MS = 8_000;

/** A request without an answer is given up after this, in ms, unless it says otherwise. */
const PATIENCE_MS = 5_000;
const EDGE_PATIENCE_MS = 2_000;

/** What somebody has asked for is drawn for so long, in ms, before the page's own requests are again. */
const HELD_MS = 2_000;

/** Without a touch, a key or a look at another tab meanwhile, nothing is asked any more after this, in ms. */
const LEFT_ALONE_MS = 10 * 60_000;

/**
 * @param {object} options
 * @param {ReturnType<typeof import('./path.js').createPath>} options.path
 * @param {ReturnType<typeof import('./picture.js').createPicture>} options.draw
 * @param {HTMLElement} options.summary for the last request in words
 * @param {HTMLElement} options.troubles a live region
 */
export function createLive({ path, draw, summary, troubles }) {
  let heldUntil = -Infinity;

  function redraw(isNew = false) {
    const picture = path.picture(performance.now());
    draw(picture, isNew);
    summary.textContent = picture.summary;
    const sentences = picture.troubles.join(' ');
    if (troubles.textContent !== sentences) {
      troubles.textContent = sentences;
    }
  }

  /** @param {Answer} answer @param {'asked for' | 'own' | 'aside'} purpose */
  function note(answer, purpose) {
    const now = performance.now();
    const isShown = purpose === 'asked for' || (purpose === 'own' && now >= heldUntil);
    if (purpose === 'asked for') {
      heldUntil = now + HELD_MS;
    }
    path.note(answer, now, isShown);
    redraw(isShown);
  }

  /**
   * Asks, and draws what the answer tells; rejects as `fetch` does.
   *
   * @param {string} url
   * @param {Kind} kind
   * @param {'asked for' | 'own' | 'aside'} purpose whether a person has asked; otherwise whether it is drawn
   * @param {RequestInit} [init]
   */
  async function ask(url, kind, purpose, init = {}) {
    const startedAt = performance.now();
    const request = `${init.method ?? 'GET'} ${url}`;
    const duration = () => performance.now() - startedAt;
    try {
      const response = await fetch(url, {
        signal: AbortSignal.timeout(PATIENCE_MS),
        ...init,
        headers: { ...init.headers, accept: 'application/json', prefer: 'server-timing' },
      });
      const { status, headers } = response;
      const timing = headers.get('server-timing') ?? '';
      note({ request, kind, status, duration: duration(), timing, edge: edgeOf(response) }, purpose);
      return response;
    } catch (error) {
      const edgeAnswers = path.hasEdge() && (await doesEdgeAnswer());
      note({ request, kind, status: 0, duration: duration(), timing: '', edge: '', edgeAnswers }, purpose);
      throw error;
    }
  }

  /**
   * Begins, and goes on for as long as the page is there.
   *
   * @param {(turn: number) => Promise<boolean>} round asks what there is to ask; true where somebody has answered
   */
  function begin(round) {
    let touchedAt = performance.now();
    let turn = 0;
    let interval = INTERVAL_MS;
    let isRunning = false;

    const isWatched = () =>
      document.visibilityState === 'visible' && performance.now() - touchedAt < LEFT_ALONE_MS;

    async function run() {
      isRunning = true;
      while (isWatched()) {
        const isAnswered = await round(turn).catch(() => false);
        turn += 1;
        interval = isAnswered ? INTERVAL_MS : Math.min(interval * 2, LONGEST_INTERVAL_MS);
        await pause(interval * (0.75 + Math.random() / 2));
        redraw();
      }
      isRunning = false;
    }

    function touched() {
      touchedAt = performance.now();
      if (!isRunning && isWatched()) {
        void run();
      }
    }

    document.addEventListener('visibilitychange', touched);
    ['pointermove', 'pointerdown', 'keydown'].forEach((type) =>
      addEventListener(type, touched, { passive: true }),
    );
    touched();
  }

  redraw();
  return { ask, begin };
}

/** A static file is an edge's own to answer, or to refuse: either way it says who it is. */
async function doesEdgeAnswer() {
  const file = /** @type {HTMLLinkElement} */ (document.querySelector('link[rel=icon]')).href;
  const signal = AbortSignal.timeout(EDGE_PATIENCE_MS);
  return fetch(file, { cache: 'no-store', signal }).then(
    (response) => edgeOf(response) !== '',
    () => false,
  );
}

/** CloudFront names its place; others say at least that they are there. @param {Response} response */
function edgeOf({ headers }) {
  const place = headers.get('x-amz-cf-pop');
  return place ?? (headers.has('x-cache') || headers.has('via') ? 'passed' : '');
}

/** @param {number} milliseconds */
function pause(milliseconds) {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
