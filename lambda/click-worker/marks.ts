/** How long a mark may take to be shown, in ms; what nobody can tell counts as no mark, as it does to Route 53. */
const TIMEOUT_MS = 1_000;

/** Whether another data center's database has taken the place of this one's. Never rejects. */
export function createMarks(urls: readonly string[]): () => Promise<boolean> {
  return async () => (await Promise.all(urls.map(isShown))).includes(true);
}

async function isShown(url: string): Promise<boolean> {
  try {
    const { status } = await fetch(url, { method: 'HEAD', signal: AbortSignal.timeout(TIMEOUT_MS) });
    return status === 200;
  } catch {
    return false;
  }
}
