/** Which links are visited how often: Zipf's law with exponent 1, in closed forms. */

const EULER = 0.5772156649015329;

/** The sum 1 + 1/2 + … + 1/links, by which ranks are divided. */
function harmonic(links: number): number {
  return Math.log(Math.max(1, links)) + EULER;
}

/**
 * The share of visits that a memory does not answer which keeps each link for `seconds` after it was read: a link that
 * comes `rate × seconds` times meanwhile is read once of so many times and one. Also the number of different links
 * visited in that time, against all visits.
 *
 * @param rate visits a second of that memory
 */
export function missShare(rate: number, seconds: number, links: number): number {
  const known = Math.max(1, links);
  const visits = (rate * seconds) / harmonic(known);
  // The sum over ranks of 1 / (rank + visits), as an integral that is exact for no visits.
  const floor = Math.exp(-EULER);
  return Math.min(1, Math.log((known + visits) / (floor + visits)) / harmonic(known));
}

/** The share of visits to links that are not among the `kept` most visited ones. */
export function shareBeyond(kept: number, links: number): number {
  return links <= kept ? 0 : Math.min(1, Math.log(links / Math.max(1, kept)) / harmonic(links));
}
