/** Something that stands in the way of a deployment, in plain words. */
export interface Problem {
  /** The setting that it is about. */
  readonly setting: string;
  /** What is wrong, as a sentence. */
  readonly what: string;
  /** What would be right, as a sentence. */
  readonly expected: string;
  /** What to do about it, as a sentence. */
  readonly remedy: string;
}

/** The problem as one plain line. */
export function sentence({ setting, what, expected, remedy }: Problem): string {
  return `${setting}: ${what} ${expected} ${remedy}`;
}
