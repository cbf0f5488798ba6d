/** A supervised process that runs a TypeScript file of this checkout. */
import { pathToFileURL } from 'node:url';
import { currentUser, supervise, type Server, type Supervised } from './supervised';

export interface NodeProcess extends Pick<Server, 'name' | 'serves' | 'environment'> {
  /** Absolute path. */
  readonly file: string;
}

/** Starts it and resolves when it serves. */
export function superviseNode({ file, ...server }: NodeProcess): Promise<Supervised> {
  const tsx = pathToFileURL(require.resolve('tsx')).href;
  return supervise({
    ...server,
    endsAt: ['TERM'],
    command: () => [process.execPath, '--import', tsx, file],
    prepare: () => undefined,
    user: currentUser(),
  });
}
