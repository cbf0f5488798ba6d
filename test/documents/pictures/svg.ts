/** Writes a picture as SVG: one file that needs no other, light or dark as its reader's screen is. */
import type { Arrow, Box, Card, Picture } from './facts';
import { crosses, type Layout, overlap, type Point, type Rectangle } from './layout';
import { CARD, cellWidth, FONT, textWidth } from './measures';
import { SIGNS } from './signs';

/** What stands above and below a picture. */
export interface Words {
  readonly id: string;
  readonly title: string;
  readonly adds: string;
  /** The picture marks what the rung adds. */
  readonly marks: boolean;
}

const MARGIN = 20;
const LEAST_WIDTH = 480;

/** The colors and letters of every picture. */
export const STYLE = `
.picture{--paper:#fff;--edge:#d0d7de;--region:#f3f6fa;--region-line:#b3c0ce;--tier:#fbfcfe;--tier-line:#ccd6e0;--card:#fff;--card-line:#a9b7c6;--text:#182430;--quiet:#51606f;--arrow:#5b6b7c;--new:#0a7d46;--new-card:#e8f7ee;--outside:#51606f;--at-edge:#7442c8;--compute:#b35900;--data:#1f62c9;--async:#c2255c}
@media(prefers-color-scheme:dark){.picture{--paper:#0d1117;--edge:#30363d;--region:#131a23;--region-line:#3d4a59;--tier:#171f2a;--tier-line:#334150;--card:#1e2835;--card-line:#4a5b6e;--text:#eaf0f6;--quiet:#a3b1c0;--arrow:#8b9bac;--new:#4ecb8d;--new-card:#15322a;--outside:#a3b1c0;--at-edge:#b794f6;--compute:#f0a04b;--data:#79aefc;--async:#f783ac}}
.picture text{font-family:system-ui,-apple-system,'Segoe UI',Roboto,'Helvetica Neue',Arial,sans-serif;fill:var(--text)}
.picture .paper{fill:var(--paper);stroke:var(--edge)}
.picture .heading{font-size:21px;font-weight:700}
.picture .subheading{font-size:15px;fill:var(--quiet)}
.picture .box{fill:var(--tier);stroke:var(--tier-line)}
.picture .region{fill:var(--region);stroke:var(--region-line);stroke-width:1.5}
.picture .box-title{font-size:${FONT.box}px;font-weight:600}
.picture .tier-title,.picture .note{font-size:${FONT.tier}px;font-weight:500;fill:var(--quiet)}
.picture .card{fill:var(--card);stroke:var(--card-line);stroke-width:1.25}
.picture .title{font-size:${FONT.title}px;font-weight:650}
.picture .line{font-size:${FONT.line}px;fill:var(--quiet)}
.picture .cell{fill:none;stroke:var(--card-line);stroke-dasharray:3 3}
.picture .cell-text{font-size:${FONT.cell}px;fill:var(--quiet)}
.picture .sign{fill:none;stroke-width:1.8;stroke-linejoin:round;stroke-linecap:round}
.picture .sign.outside{stroke:var(--outside)}.picture .sign.edge{stroke:var(--at-edge)}.picture .sign.compute{stroke:var(--compute)}.picture .sign.data{stroke:var(--data)}.picture .sign.async{stroke:var(--async)}
.picture .way{fill:none;stroke:var(--arrow);stroke-width:2}
.picture .way.copy{stroke-dasharray:7 5}.picture .way.question{stroke-dasharray:2 5;stroke-linecap:round}
.picture .tip{fill:var(--arrow)}
.picture .label{fill:var(--paper);stroke:var(--tier-line)}
.picture .label-text{font-size:${FONT.label}px;text-anchor:middle}
.picture .added.card{fill:var(--new-card);stroke:var(--new);stroke-width:2.5}
.picture .added.region{stroke:var(--new);stroke-width:2.5}
.picture .added.way{stroke:var(--new);stroke-width:2.5}.picture .added.tip{fill:var(--new)}
.picture .added.cell{stroke:var(--new);stroke-dasharray:none;fill:var(--new-card)}
.picture .added.cell-text{fill:var(--text)}
.picture .added.label{stroke:var(--new)}
.picture .badge{fill:var(--new)}.picture .badge-text{font-size:12.5px;font-weight:700;fill:var(--paper);text-anchor:middle}
`
  .trim()
  .replaceAll('\n', '');

/** The picture as a file. The same picture is the same text. */
export function svgOf(picture: Picture, layout: Layout, words: Words): string {
  const width = Math.ceil(Math.max(layout.size.width, LEAST_WIDTH));
  const adds = wrapped(words.adds, width - 2 * MARGIN, 15);
  const top = 62 + adds.length * 20;
  const legend = legendOf(picture, words.marks);
  const height = Math.ceil(top + layout.size.height + 34);
  const left = (width - layout.size.width) / 2;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" class="picture" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-labelledby="${words.id}-title ${words.id}-description">`,
    `<title id="${words.id}-title">${escaped(words.title)}</title>`,
    `<desc id="${words.id}-description">${escaped(inWords(picture))}</desc>`,
    `<style>${STYLE}</style>`,
    `<rect class="paper" x="0.5" y="0.5" width="${width - 1}" height="${height - 1}" rx="12"/>`,
    text('heading', { x: MARGIN, y: 40 }, words.title),
    ...adds.map((line, place) => text('subheading', { x: MARGIN, y: 64 + place * 20 }, line)),
    `<g transform="translate(${rounded(left)} ${top})">`,
    ...picture.parts.flatMap((part) => ('parts' in part ? boxLines(part, layout) : [])),
    ...picture.arrows.flatMap((arrow) => arrowLines(arrow, layout)),
    ...picture.parts.flatMap((part) => cardsIn(part, layout)),
    ...picture.arrows.flatMap((arrow) => labelLines(arrow, layout)),
    '</g>',
    ...legend(MARGIN, height - 24),
    '</svg>',
    '',
  ].join('\n');
}

function boxLines(box: Box, layout: Layout): readonly string[] {
  const place = placeOf(layout, box.id);
  const isTier = box.kind === 'subnets';
  const name = isTier ? 'tier-title' : 'box-title';
  const size = isTier ? FONT.tier : FONT.box;
  const title = freeCorner(box, size, layout);
  return [
    rect(classes(isTier ? 'box' : 'region', box.added), place, 11),
    text(name, { x: title.x, y: title.y + size }, box.title),
    ...(box.note === undefined
      ? []
      : [
          text(
            'note',
            { x: place.x + place.width - 10, y: place.y + 8 + size },
            box.note,
            'text-anchor="end"',
          ),
        ]),
    ...(box.added ? badge(place, layout) : []),
    ...box.parts.flatMap((part) => ('parts' in part ? boxLines(part, layout) : [])),
  ];
}

/** The corner of a box where its title is in nothing's way; the upper left one where there is none. */
function freeCorner(box: Box, font: number, layout: Layout): Rectangle {
  const place = placeOf(layout, box.id);
  // Its true width: `textWidth` allows for the widest of fonts.
  const size = { width: textWidth(box.title, font) * 0.92, height: font + 4 };
  const [left, top] = [place.x + 10, place.y + 8];
  const [right, bottom] = [place.x + place.width - 10 - size.width, place.y + place.height - 8 - size.height];
  const corners = [
    { x: left, y: top, ...size },
    { x: left, y: bottom, ...size },
    { x: right, y: top, ...size },
  ];
  const inner = box.parts.map(({ id }) => placeOf(layout, id));
  const isFree = (corner: Rectangle): boolean =>
    !inner.some((one) => overlap(one, corner)) &&
    ![...layout.ways.values()].some((way) => crosses(way, corner));
  return corners.find(isFree) ?? { x: left, y: top, ...size };
}

function cardsIn(part: Box | Card, layout: Layout): readonly string[] {
  return 'parts' in part ? part.parts.flatMap((inner) => cardsIn(inner, layout)) : cardLines(part, layout);
}

function cardLines({ id, kind, title, lines, cells, added }: Card, layout: Layout): readonly string[] {
  const place = placeOf(layout, id);
  const { padding, sign, titleHeight, lineHeight, cellHeight, cellGap, radius } = CARD;
  const { family, path } = SIGNS[kind];
  const x = place.x + padding;
  const baseline = place.y + padding + titleHeight - 9;
  const cellTop = place.y + place.height - padding - cellHeight + 2;
  let cellLeft = place.x + padding;
  return [
    rect(classes('card', added), place, radius),
    `<path class="sign ${family}" transform="translate(${rounded(place.x + padding)} ${rounded(place.y + padding - 2)})" d="${path}"/>`,
    text('title', { x: x + sign, y: baseline }, title),
    ...lines.map((line, row) => text('line', { x, y: baseline + 3 + (row + 1) * lineHeight }, line)),
    ...cells.flatMap((cell) => {
      const width = cellWidth(cell.text);
      const box = { x: cellLeft, y: cellTop, width, height: cellHeight };
      cellLeft += width + cellGap;
      return [
        rect(classes('cell', cell.added), box, 5),
        text(
          classes('cell-text', cell.added),
          { x: box.x + width / 2, y: cellTop + 16 },
          cell.text,
          'text-anchor="middle"',
        ),
      ];
    }),
    ...(added ? badge(place, layout) : []),
  ];
}

/** Says that the rung adds it, at its upper right corner or, where an arrow ends there, the left one. */
function badge({ x, y, width }: Rectangle, { ways }: Layout): readonly string[] {
  const right = { x: x + width - 50, y: y - 10, width: 40, height: 20 };
  const left = { ...right, x: x + 10 };
  const isHit = [...ways.values()].some((way) => crosses(way, right));
  const box = isHit ? left : right;
  return [rect('badge', box, 10), text('badge-text', { x: box.x + 20, y: y + 4.5 }, 'new')];
}

const TIP = 9;

function arrowLines({ id, kind, added }: Arrow, layout: Layout): readonly string[] {
  const points = layout.ways.get(id) ?? [];
  const [end, before] = [points.at(-1), points.at(-2)];
  if (end === undefined || before === undefined) throw new Error(`The layout has no way for ${id}.`);
  const length = Math.hypot(end.x - before.x, end.y - before.y);
  const [dx, dy] = [(end.x - before.x) / length, (end.y - before.y) / length];
  const neck = { x: end.x - dx * TIP, y: end.y - dy * TIP };
  const side = (sign: number): string =>
    `${rounded(neck.x - sign * dy * TIP * 0.55)} ${rounded(neck.y + sign * dx * TIP * 0.55)}`;
  return [
    `<path class="${classes(`way ${kind}`, added)}" d="${bent([...points.slice(0, -1), neck])}"/>`,
    `<path class="${classes('tip', added)}" d="M${rounded(end.x)} ${rounded(end.y)}L${side(1)}L${side(-1)}z"/>`,
  ];
}

/** A line through the points, round where it turns. */
function bent(points: readonly Point[]): string {
  return points
    .map((point, place) => {
      const [before, after] = [points[place - 1], points[place + 1]];
      if (before === undefined) return `M${rounded(point.x)} ${rounded(point.y)}`;
      if (after === undefined) return `L${rounded(point.x)} ${rounded(point.y)}`;
      const [into, out] = [towards(point, before), towards(point, after)];
      return `L${into}Q${rounded(point.x)} ${rounded(point.y)} ${out}`;
    })
    .join('');
}

/** Some way from one point to another: half of it at most. */
function towards(from: Point, to: Point): string {
  const length = Math.hypot(to.x - from.x, to.y - from.y);
  const part = length === 0 ? 0 : Math.min(8, length / 2) / length;
  return `${rounded(from.x + (to.x - from.x) * part)} ${rounded(from.y + (to.y - from.y) * part)}`;
}

function labelLines({ id, label, added }: Arrow, layout: Layout): readonly string[] {
  const place = layout.labels.get(id);
  if (label === undefined) return [];
  if (place === undefined) throw new Error(`The layout has no label for ${id}.`);
  return [
    rect(classes('label', added), place, place.height / 2),
    text('label-text', { x: place.x + place.width / 2, y: place.y + place.height / 2 + 5 }, label),
  ];
}

/** What lines mean, as far as the picture has them. */
function legendOf({ arrows }: Picture, marks: boolean): (x: number, y: number) => readonly string[] {
  const entries = [
    { kind: 'request', words: 'requests' },
    { kind: 'copy', words: 'replication' },
    { kind: 'question', words: 'checks' },
  ].filter(({ kind }) => arrows.some((arrow) => arrow.kind === kind));
  return (x, y) => {
    let left = x;
    const lines = entries.flatMap(({ kind, words }) => {
      const from = left;
      left += 44 + textWidth(words, FONT.cell) + 20;
      return [
        `<path class="way ${kind}" d="M${rounded(from)} ${y}h34"/>`,
        text('cell-text', { x: from + 42, y: y + 4.5 }, words),
      ];
    });
    return marks
      ? [
          ...lines,
          `<path class="way added" d="M${rounded(left)} ${y}h34"/>`,
          text('cell-text', { x: left + 42, y: y + 4.5 }, 'new on this rung'),
        ]
      : lines;
  };
}

/** The picture for those who do not see it. */
function inWords({ parts, arrows }: Picture): string {
  const titles = new Map(cardTitles(parts, ''));
  return arrows
    .map(
      ({ from, to, label = 'replicates', added }) =>
        `${titles.get(from) ?? from} to ${titles.get(to) ?? to}: ${label}${added ? ', new' : ''}.`,
    )
    .join(' ');
}

function cardTitles(parts: readonly (Box | Card)[], place: string): readonly (readonly [string, string])[] {
  return parts.flatMap((part) =>
    'parts' in part
      ? cardTitles(part.parts, part.kind === 'region' ? ` in ${part.title}` : place)
      : [[part.id, `${part.title}${place}`] as const],
  );
}

function wrapped(words: string, width: number, size: number): readonly string[] {
  return words.split(' ').reduce<readonly string[]>((lines, word) => {
    const last = lines.at(-1);
    const longer = last === undefined ? word : `${last} ${word}`;
    return last !== undefined && textWidth(longer, size) > width
      ? [...lines, word]
      : [...lines.slice(0, -1), longer];
  }, []);
}

function placeOf({ places }: Layout, id: string): Rectangle {
  const place = places.get(id);
  if (place === undefined) throw new Error(`The layout has no place for ${id}.`);
  return place;
}

const classes = (names: string, added: boolean): string => (added ? `${names} added` : names);

function rect(names: string, { x, y, width, height }: Rectangle, radius: number): string {
  return `<rect class="${names}" x="${rounded(x)}" y="${rounded(y)}" width="${rounded(width)}" height="${rounded(height)}" rx="${radius}"/>`;
}

function text(names: string, { x, y }: Point, words: string, more = ''): string {
  return `<text class="${names}" x="${rounded(x)}" y="${rounded(y)}"${more === '' ? '' : ` ${more}`}>${escaped(words)}</text>`;
}

function rounded(value: number): string {
  return String(Math.round(value * 10) / 10);
}

function escaped(words: string): string {
  return words.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
