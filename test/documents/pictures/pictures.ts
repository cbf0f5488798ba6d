/** The pictures of all rungs, as files. */
import { QUEUE_KINDS, QUEUE_TITLES, type QueueKind } from '../../../lib/scaling-plan';
import { DOMAIN, isClimb, type Place, RUNGS, stage, titled, withQueue } from '../../support/rungs';
import { synthesize } from '../../support/synthesize';
import { type Picture, pictureOf } from './facts';
import { type Layout, layOut } from './layout';
import { svgOf } from './svg';

/** One picture: its rung, its file in docs/pictures, and what it shows. */
export interface Drawing {
  readonly rung: Place;
  /** Another kind of queue than SQS. @default - as the rung comes */
  readonly queue?: QueueKind;
  readonly file: string;
  readonly picture: Picture;
}

interface File {
  readonly file: string;
  readonly text: string;
}

/** What is drawn, lowest rung first: a production deployment with a domain; then other kinds of queues. */
export function drawings(): readonly Drawing[] {
  return [
    ...RUNGS.map((rung) => drawing(rung)),
    ...RUNGS.filter(({ name, without }) => name === 'message-queue' && without.length > 0).flatMap((rung) =>
      QUEUE_KINDS.filter((kind) => kind !== 'sqs').map((kind) => drawing(rung, kind)),
    ),
  ];
}

function drawing(rung: Place, queue?: QueueKind): Drawing {
  // The highest of those that it has all of.
  const below = RUNGS.filter((lower) => lower.number < rung.number && isClimb(lower, rung)).at(-1);
  const picture = pictureOf(
    synthesize(queue === undefined ? stage(rung, DOMAIN) : withQueue(queue, DOMAIN)),
    below === undefined ? undefined : synthesize(stage(below, DOMAIN)),
  );
  return queue === undefined
    ? { rung, file: pictureFile(rung), picture }
    : { rung, queue, file: `${rung.number}-${rung.name}-with-${queue}.svg`, picture };
}

/** The file of a rung's picture in docs/pictures. */
export function pictureFile({ number, name, without }: Place): string {
  return `${[`${number}-${name}`, ...without.map((left) => `without-${left}`)].join('-')}.svg`;
}

/** The layout of each drawing. */
export function layouts(drawn: readonly Drawing[]): Promise<readonly Layout[]> {
  return Promise.all(drawn.map(({ picture }) => layOut(picture)));
}

/** The drawings as SVG. */
export async function svgs(drawn: readonly Drawing[]): Promise<readonly File[]> {
  const placed = await layouts(drawn);
  return drawn.flatMap(({ rung, queue, picture, file }, index) => {
    const layout = placed[index];
    return layout === undefined
      ? []
      : [
          {
            file,
            text: svgOf(picture, layout, {
              id: `picture-${file.replace('.svg', '')}`,
              title: `Rung ${titled(rung)}${queue === undefined ? '' : ` with ${QUEUE_TITLES[queue]}`}`,
              adds: `adds ${rung.adds}`,
              marks: rung.number > 1,
            }),
          },
        ];
  });
}
