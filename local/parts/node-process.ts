/** A supervised process that runs a TypeScript file of this checkout. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { compile } from './compile';
import { currentUser, supervise, type Server, type Supervised } from './supervised';

export interface NodeProcess extends Pick<Server, 'name' | 'serves' | 'environment'> {
  /** Absolute path. */
  readonly file: string;
}

/** Starts it and resolves when it serves. It keeps no reference to the checkout: what it imports is compiled into it. */
export function superviseNode({ file, ...server }: NodeProcess): Promise<Supervised> {
  return supervise({
    ...server,
    endsAt: ['TERM'],
    command: (folder) => [process.execPath, join(folder, PROGRAM)],
    prepare: async (folder) => writeFile(join(folder, PROGRAM), await compile(file)),
    user: currentUser(),
  });
}

const PROGRAM = 'program.js';
