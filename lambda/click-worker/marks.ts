/** How long a mark may take to be shown, in ms; what cannot be found out counts as no mark, as it does to Route 53. */
const TIMEOUT_MS = 1_000;

/**
 * How long an answer counts, in ms: a promotion takes minutes from its mark on, and the firewall refuses an address that asks
 * ten times a second.
 */
const LIFETIME_MS = 5_000;

/** Whether another data center's database has taken the place of this one's. Never rejects. */
export function createMarks(urls: readonly string[], lifetime = LIFETIME_MS): () => Promise<boolean> {
  let answer = Promise.resolve(false);
  let askAgainAt = 0;
  return () => {
    if (Date.now() >= askAgainAt) {
      askAgainAt = Date.now() + lifetime;
      answer = Promise.all(urls.map(isShown)).then((shown) => shown.includes(true));
    }
    return answer;
  };
}

async function isShown(url: string): Promise<boolean> {
  try {
    const { status } = await fetch(url, { method: 'HEAD', signal: AbortSignal.timeout(TIMEOUT_MS) });
    return status === 200;
  } catch {
    return false;
  }
}
