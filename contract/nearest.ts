/**
 * The candidate that a misspelt word most likely meant; undefined when none is near.
 *
 * @param mayDiffer how many letters of a candidate of that length may differ @default - a third, two at least
 */
export function nearest(
  word: string,
  candidates: readonly string[],
  mayDiffer = (length: number): number => Math.max(2, Math.floor(length / 3)),
): string | undefined {
  const [best] = candidates
    // As many letters differ at least: most candidates need no closer look.
    .filter(({ length }) => Math.abs(length - word.length) <= mayDiffer(length))
    .map((candidate) => ({
      candidate,
      distance: editDistance(word.toLowerCase(), candidate.toLowerCase(), mayDiffer(candidate.length)),
    }))
    .filter(({ candidate, distance }) => distance <= mayDiffer(candidate.length))
    .sort((a, b) => a.distance - b.distance);
  return best?.candidate;
}

/**
 * Levenshtein's distance: insertions, deletions and replacements of one letter each count one. Infinite where it is over the limit:
 * a start compares every variable of its environment with every setting, and most differ after a few letters.
 */
function editDistance(a: string, b: string, limit: number): number {
  let previous = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let row = 0; row < a.length; row += 1) {
    const current = [row + 1];
    let least = row + 1;
    for (let column = 0; column < b.length; column += 1) {
      const replaced = (previous[column] ?? 0) + (a[row] === b[column] ? 0 : 1);
      const distance = Math.min(replaced, (previous[column + 1] ?? 0) + 1, (current[column] ?? 0) + 1);
      current.push(distance);
      least = Math.min(least, distance);
    }
    if (least > limit) return Infinity;
    previous = current;
  }
  return previous.at(-1) ?? 0;
}
