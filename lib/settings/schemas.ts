/**
 * What settings may be, as valibot's schemas. A value is typed in cdk.json and text after `-c`, and each schema takes both.
 * The message of what it refuses is the valid value that was probably meant, or empty.
 */
import { existsSync, statSync } from 'node:fs';
import * as v from 'valibot';
import { nearest } from '../../contract/nearest';

/** The message of an issue: the nearest of these words. */
export function nearestOf(words: readonly string[]): (issue: { readonly input: unknown }) => string {
  return ({ input }) => (typeof input === 'string' ? nearest(input, words) : undefined) ?? '';
}

/** A number or a boolean as text, which it is after `-c`; anything else as it is. */
export const text = v.pipe(
  v.unknown(),
  v.transform((raw) => (typeof raw === 'number' || typeof raw === 'boolean' ? String(raw) : raw)),
);

/** One of these words. */
export function oneOf<const Word extends string>(words: readonly Word[]) {
  return v.pipe(text, v.picklist(words, nearestOf(words)));
}

/** `true` or `false`. */
export const yesOrNo = v.pipe(
  oneOf(['true', 'false']),
  v.transform((word) => word === 'true'),
);

/** A whole number, both ends included. */
export function wholeNumber(from: number, to: number) {
  const written = v.pipe(v.string(), v.regex(/^\d{1,16}$/), v.transform(Number));
  return v.pipe(v.union([v.number(), written]), v.safeInteger(), v.minValue(from), v.maxValue(to));
}

/** Text of a form; by default lower case is suggested where that would do. */
export function matching(pattern: RegExp, suggest = (input: string): string => input.toLowerCase()) {
  return v.pipe(
    v.string(),
    v.regex(pattern, ({ input }) => {
      const suggestion = suggest(input);
      return pattern.test(suggestion) ? suggestion : '';
    }),
  );
}

/** The path of a file that is there and has such an ending. */
export function existingFile(ending: RegExp) {
  return v.pipe(
    v.string(),
    v.regex(ending),
    v.check((path) => existsSync(path) && statSync(path).isFile()),
  );
}

/** `a,b` or `["a", "b"]`, each once; an empty list is a list. */
export function listOf<T>(item: v.GenericSchema<unknown, T>) {
  return v.pipe(
    v.unknown(),
    v.transform((raw): readonly unknown[] => (typeof raw === 'string' ? split(raw) : [raw].flat())),
    v.array(item),
    v.transform((items): readonly T[] => [...new Set(items)]),
  );
}

function split(list: string): readonly string[] {
  return list
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '');
}
