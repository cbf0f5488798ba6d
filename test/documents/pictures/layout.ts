/** Where everything of a picture stands: worked out by the Eclipse Layout Kernel, the same each time. */
import ELK, { type ElkExtendedEdge, type ElkNode, type ElkShape } from 'elkjs/lib/elk.bundled.js';
import { type Arrow, type Box, type Card, everyCard, type Picture } from './facts';
import { boxHead, BOX_PADDING, cardSize, labelSize } from './measures';

export interface Point {
  readonly x: number;
  readonly y: number;
}

export interface Rectangle extends Point {
  readonly width: number;
  readonly height: number;
}

/** A picture's parts and arrows by their ids, each with its place. */
export interface Layout {
  readonly size: Rectangle;
  readonly places: ReadonlyMap<string, Rectangle>;
  readonly ways: ReadonlyMap<string, readonly Point[]>;
  readonly labels: ReadonlyMap<string, Rectangle>;
}

/** What every box needs to be told, for it inherits it from none that it is in: how far apart, and that order counts. */
const WITHIN = {
  'elk.layered.crossingMinimization.semiInteractive': 'true',
  'elk.spacing.nodeNode': '30',
  'elk.spacing.edgeNode': '16',
  'elk.spacing.edgeEdge': '14',
  'elk.spacing.edgeLabel': '4',
  'elk.layered.spacing.nodeNodeBetweenLayers': '16',
  'elk.layered.spacing.edgeNodeBetweenLayers': '12',
  'elk.layered.spacing.edgeEdgeBetweenLayers': '12',
};

const OPTIONS = {
  ...WITHIN,
  'elk.algorithm': 'layered',
  'elk.direction': 'DOWN',
  'elk.hierarchyHandling': 'INCLUDE_CHILDREN',
  'elk.edgeRouting': 'ORTHOGONAL',
  'elk.json.shapeCoords': 'ROOT',
  'elk.json.edgeCoords': 'ROOT',
  'elk.padding': '[top=14,left=20,bottom=20,right=20]',
  'elk.spacing.nodeNode': '28',
  'elk.layered.nodePlacement.strategy': 'NETWORK_SIMPLEX',
};

/** On the arrow, and near to where it leads: not beside what a long one passes. */
const LABEL = {
  'elk.edgeLabels.inline': 'true',
  'elk.layered.edgeLabels.centerLabelPlacementStrategy': 'HEAD_LAYER',
};

/** Between queue and worker, which stand beside each other: room for the arrow's label. */
const GAP = 100;

/**
 * Where everything stands. What replicates stands beside its copy, and the queue beside its worker.
 *
 * @throws Error where they do not
 */
export async function layOut(picture: Picture): Promise<Layout> {
  const kinds = new Map(everyCard(picture.parts).map(({ id, kind }) => [id, kind]));
  const level = picture.arrows.filter(({ kind, from }) => kind === 'copy' || kinds.get(from) === 'queue');
  const down = picture.arrows.filter((arrow) => !level.includes(arrow));
  const isUpward = ({ from }: Arrow): boolean => kinds.get(from) === 'worker';
  const [users, ...boxes] = picture.parts;
  const order = everyCard([
    ...boxes.filter(({ kind }) => kind === 'region').slice(0, 1),
    ...boxes.filter(({ kind }) => kind === 'edge'),
    ...boxes.filter(({ kind }) => kind === 'region').slice(1),
    ...(users === undefined ? [] : [users]),
  ]).map(({ id }) => id);
  const graph = await new ELK().layout({
    id: 'picture',
    layoutOptions: OPTIONS,
    children: picture.parts.map((part, place) => nodeOf(part, place)),
    // In the order in which they are to stand side by side: what the first region gets, the edge, the other regions.
    edges: [
      ...[...down]
        .sort((one, other) => order.indexOf(one.to) - order.indexOf(other.to))
        .map((arrow) => edgeOf(arrow, isUpward(arrow))),
      ...hiddenEdges(kinds),
    ],
  });
  const places = new Map(everyNode(graph.children ?? []).map((node) => [node.id, rectangle(node)]));
  const edges = new Map(graph.edges.map((edge) => [edge.id, edge]));
  const ways = new Map([
    ...down.map((arrow) => {
      const way = wayOf(edges.get(arrow.id));
      return [arrow.id, isUpward(arrow) ? way.toReversed() : way] as const;
    }),
    ...level.map((arrow) => [arrow.id, levelWay(arrow, places)] as const),
  ]);
  return {
    size: rectangle(graph),
    places: new Map([...places, ...widened(picture, places, ways)]),
    ways,
    labels: new Map(
      picture.arrows.flatMap(({ id, label }) => {
        if (label === undefined) return [];
        const placed = edges.get(id)?.labels?.[0];
        return [[id, placed === undefined ? midway(ways.get(id) ?? [], label) : rectangle(placed)] as const];
      }),
    ),
  };
}

const regionOf = (id: string): string => id.split('/')[0] ?? '';

/** The place of one among those of its box, of which only the order counts. */
function at(place: number): { readonly 'elk.position': string } {
  return { 'elk.position': `(${place * 1_000},${place * 1_000})` };
}

function nodeOf(part: Box | Card, place: number): ElkNode {
  const position = at(place);
  if (!('parts' in part)) return { id: part.id, ...cardSize(part), layoutOptions: { ...position } };
  const { top, width } = boxHead(part);
  const { left, right, bottom } = BOX_PADDING;
  const children = part.parts.map((inner, index) => nodeOf(inner, index));
  const holdsClicks = part.parts.some((inner) => 'kind' in inner && inner.kind === 'queue');
  return {
    id: part.id,
    layoutOptions: {
      ...WITHIN,
      ...position,
      'elk.padding': `[top=${top},left=${left},bottom=${bottom},right=${right}]`,
      'elk.nodeSize.constraints': 'MINIMUM_SIZE',
      // As the layout sees it, which is worked out from left to right and then turned.
      'elk.nodeSize.minimum': `(0,${width})`,
    },
    children: holdsClicks ? withGap(part.id, children) : children,
  };
}

/** Room between the last two, which are queue and worker. */
function withGap(region: string, children: readonly ElkNode[]): ElkNode[] {
  return [
    ...children.slice(0, -1),
    { id: `${region}/gap`, width: GAP, height: 1, layoutOptions: { ...at(children.length - 1.5) } },
    ...children.slice(-1),
  ];
}

function edgeOf({ id, from, to, label }: Arrow, upward: boolean): ElkExtendedEdge {
  return {
    id,
    sources: [upward ? to : from],
    targets: [upward ? from : to],
    labels: label === undefined ? [] : [{ text: label, ...labelSize(label), layoutOptions: LABEL }],
  };
}

/** What nothing is drawn of: it leads queue and gap below the databases, into the worker's row. */
function hiddenEdges(kinds: ReadonlyMap<string, string>): readonly ElkExtendedEdge[] {
  return [...kinds]
    .filter(([, kind]) => kind === 'queue')
    .flatMap(([queue]) => {
      const region = regionOf(queue);
      return [queue, `${region}/gap`].map((target) => ({
        id: `hidden ${target}`,
        sources: [`${region}/database`],
        targets: [target],
        // As far down as the worker, whose arrow has a label.
        labels: [{ text: target, width: 1, height: labelSize('').height }],
      }));
    });
}

function everyNode(nodes: readonly ElkNode[]): readonly ElkNode[] {
  return nodes.flatMap((node) => [node, ...everyNode(node.children ?? [])]);
}

function wayOf(edge: ElkExtendedEdge | undefined): readonly Point[] {
  return (edge?.sections ?? []).flatMap(({ startPoint, bendPoints = [], endPoint }) => [
    startPoint,
    ...bendPoints,
    endPoint,
  ]);
}

/** Straight to what stands in the same row. */
function levelWay({ id, from, to }: Arrow, places: ReadonlyMap<string, Rectangle>): readonly Point[] {
  const [start, end] = [places.get(from), places.get(to)];
  if (start === undefined || end === undefined) throw new Error(`The layout has no place for ${id}.`);
  const top = Math.max(start.y, end.y);
  const bottom = Math.min(start.y + start.height, end.y + end.height);
  if (bottom <= top) throw new Error(`${from} and ${to} do not stand side by side.`);
  const y = (top + bottom) / 2;
  return start.x < end.x
    ? [
        { x: start.x + start.width, y },
        { x: end.x, y },
      ]
    : [
        { x: start.x, y },
        { x: end.x + end.width, y },
      ];
}

function midway(points: readonly Point[], label: string): Rectangle {
  const [start, end] = [points[0], points.at(-1)];
  if (start === undefined || end === undefined) throw new Error(`There is no way for ${label}.`);
  const { width, height } = labelSize(label);
  return { x: (start.x + end.x - width) / 2, y: (start.y + end.y - height) / 2, width, height };
}

/** Subnets as wide as their region, where nothing else is in the way. */
function widened(
  { parts }: Picture,
  places: ReadonlyMap<string, Rectangle>,
  ways: ReadonlyMap<string, readonly Point[]>,
): ReadonlyMap<string, Rectangle> {
  const wide = new Map<string, Rectangle>();
  for (const region of parts) {
    const outer = places.get(region.id);
    if (!('parts' in region) || region.kind !== 'region' || outer === undefined) continue;
    for (const part of region.parts) {
      const own = places.get(part.id);
      if (!('parts' in part) || own === undefined) continue;
      const whole = { ...own, x: outer.x + 14, width: outer.width - 28 };
      const others = region.parts.flatMap((other) => (other === part ? [] : (places.get(other.id) ?? [])));
      const passing = [...ways].flatMap(([id, way]) =>
        part.parts.some((inner) => id.split(' → ').includes(inner.id)) ? [] : [way],
      );
      if (!others.some((other) => overlap(other, whole)) && !passing.some((way) => crosses(way, whole))) {
        wide.set(part.id, whole);
      }
    }
  }
  return wide;
}

/** Whether two rectangles share an area. */
export function overlap(one: Rectangle, other: Rectangle): boolean {
  return (
    one.x < other.x + other.width &&
    other.x < one.x + one.width &&
    one.y < other.y + other.height &&
    other.y < one.y + one.height
  );
}

/** Whether a line of level and upright pieces goes through a rectangle. */
export function crosses(way: readonly Point[], place: Rectangle): boolean {
  return way.slice(1).some((end, index) => {
    const start = way[index] ?? end;
    const piece = {
      x: Math.min(start.x, end.x),
      y: Math.min(start.y, end.y),
      width: Math.abs(end.x - start.x) || 0.1,
      height: Math.abs(end.y - start.y) || 0.1,
    };
    return overlap(piece, place);
  });
}

function rectangle({ x, y, width, height }: ElkShape): Rectangle {
  return { x: x ?? 0, y: y ?? 0, width: width ?? 0, height: height ?? 0 };
}
