/** How large what a picture says is: fonts differ from reader to reader, so a little more than most take. */
import type { Box, Card } from './facts';

interface Size {
  readonly width: number;
  readonly height: number;
}

/** Sizes of letters, in the picture's own units. */
export const FONT = { title: 17, line: 13.5, cell: 12.5, label: 13.5, box: 15, tier: 13 };

/** Of a card: around what it says, for its sign, and from line to line. */
export const CARD = {
  padding: 11,
  sign: 32,
  titleHeight: 26,
  lineHeight: 18,
  cellHeight: 23,
  cellGap: 6,
  radius: 9,
};

/** Of a box's head, and within the box beside and below what it holds. */
const HEAD = 34;
export const BOX_PADDING = { left: 22, right: 22, bottom: 14 };

const NARROW = /[ijlt.,:|'’()\-1 ]/;
const WIDE = /[mwMW@×→]/;
const UPPER = /[A-Z]/;

/** How wide a text is at a font size, as in DejaVu Sans, the widest that is common. */
export function textWidth(text: string, size: number): number {
  const ems = Array.from(text).reduce(
    (sum, letter) =>
      sum + (NARROW.test(letter) ? 0.37 : WIDE.test(letter) ? 0.86 : UPPER.test(letter) ? 0.69 : 0.61),
    0,
  );
  return ems * size;
}

export function cellWidth(text: string): number {
  return Math.ceil(textWidth(text, FONT.cell)) + 16;
}

export function cardSize({ title, lines, cells }: Card): Size {
  const { padding, sign, titleHeight, lineHeight, cellHeight, cellGap } = CARD;
  const text = Math.max(
    sign + textWidth(title, FONT.title) * 1.06,
    ...lines.map((line) => textWidth(line, FONT.line)),
  );
  const row = cells.reduce((sum, { text: words }) => sum + cellWidth(words) + cellGap, -cellGap);
  return {
    width: Math.ceil(Math.max(text, row) + 2 * padding),
    height:
      2 * padding + titleHeight + lines.length * lineHeight + (cells.length === 0 ? -2 : cellHeight + 7) - 2,
  };
}

export function labelSize(text: string): Size {
  return { width: Math.ceil(textWidth(text, FONT.label)) + 12, height: FONT.label + 8 };
}

/** What a box needs for its title. */
export function boxHead({ title, note }: Box): { readonly top: number; readonly width: number } {
  const words = [title, ...(note === undefined ? [] : [note])];
  return {
    top: HEAD,
    width: Math.ceil(words.reduce((sum, text) => sum + textWidth(text, FONT.box) + 24, 20)),
  };
}
