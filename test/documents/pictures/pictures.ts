/** The pictures of all rungs, as files. */
import { DOMAIN, isClimb, type Place, RUNGS, stage, titled } from '../../support/rungs';
import { synthesize } from '../../support/synthesize';
import { type Picture, pictureOf } from './facts';
import { type Layout, layOut } from './layout';
import { svgOf } from './svg';

/** One picture: its rung, its file in docs/pictures, and what it shows. */
export interface Drawing {
  readonly rung: Place;
  readonly file: string;
  readonly picture: Picture;
}

interface File {
  readonly file: string;
  readonly text: string;
}

/** What is drawn, lowest rung first: a production deployment with a domain. */
export function drawings(): readonly Drawing[] {
  return RUNGS.map((rung) => {
    // The highest of those that it has all of.
    const below = RUNGS.filter((lower) => lower.number < rung.number && isClimb(lower, rung)).at(-1);
    const picture = pictureOf(
      synthesize(stage(rung, DOMAIN)),
      below === undefined ? undefined : synthesize(stage(below, DOMAIN)),
    );
    return { rung, file: pictureFile(rung), picture };
  });
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
  return drawn.flatMap(({ rung, picture, file }, index) => {
    const layout = placed[index];
    return layout === undefined
      ? []
      : [
          {
            file,
            text: svgOf(picture, layout, {
              id: `picture-${file.replace('.svg', '')}`,
              title: `Rung ${titled(rung)}`,
              adds: `adds ${rung.adds}`,
              marks: rung.number > 1,
            }),
          },
        ];
  });
}
