/** What shows the rungs: their pictures, the page with the slider, README's table. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../support/synthesize';
import { ladderPage } from './ladder/page';
import { drawings, svgs } from './pictures/pictures';
import { withLadder } from './readme-ladder';

/** The files as they should be, by their paths in the repository. */
export async function illustrated() {
  const drawn = drawings();
  const pictures = await svgs(drawn);
  return [
    ...pictures.map(({ file, text }) => ({ file: `docs/pictures/${file}`, text })),
    { file: 'docs/ladder.html', text: await ladderPage(drawn, pictures) },
    { file: 'README.md', text: withLadder(readFileSync(join(ROOT, 'README.md'), 'utf8')) },
  ];
}
