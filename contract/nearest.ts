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
    .map((candidate) => ({ candidate, distance: editDistance(word.toLowerCase(), candidate.toLowerCase()) }))
    .filter(({ candidate, distance }) => distance <= mayDiffer(candidate.length))
    .sort((a, b) => a.distance - b.distance);
  return best?.candidate;
}

/** Levenshtein's distance: insertions, deletions and replacements of one letter each count one. */
function editDistance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (const [row, letter] of Array.from(a).entries()) {
    const current = [row + 1];
    for (const [column, other] of Array.from(b).entries()) {
      const replaced = (previous[column] ?? 0) + (letter === other ? 0 : 1);
      current.push(Math.min(replaced, (previous[column + 1] ?? 0) + 1, (current[column] ?? 0) + 1));
    }
    previous = current;
  }
  return previous.at(-1) ?? 0;
}
