/**
 * Holds an embedded database for a test, in a process of its own: PGlite loads ES modules, which Jest's sandbox cannot.
 * It is forked with the data folder as its argument, and answers calls of the `Database` interface.
 */
import type { NewLink, Once } from '../../app/adapters/database';
import { openEmbedded } from '../../app/adapters/embedded';
import { MIGRATIONS } from '../../app/adapters/migrations';
import type { ClickBatch } from '../../contract/click-message';

export type Call =
  | { readonly method: 'find' | 'markDeleted'; readonly code: string }
  | { readonly method: 'deletions'; readonly within: number }
  | { readonly method: 'insert'; readonly link: NewLink; readonly once: Once | undefined }
  | { readonly method: 'replay'; readonly once: Once }
  | { readonly method: 'addClicks'; readonly batches: readonly ClickBatch[] }
  | { readonly method: 'canRead' | 'canWrite' | 'close' };

export interface Request {
  readonly id: number;
  readonly call: Call;
}

export interface Reply {
  readonly id: number;
  readonly result?: unknown;
  readonly error?: string;
}

const database = openEmbedded({
  dataDir: process.argv[2] ?? '',
  migrations: MIGRATIONS,
  onLost: () => process.exit(1),
});

process.on('message', ({ id, call }: Request) => {
  answer(call).then(
    (result) => process.send?.({ id, result } satisfies Reply),
    (error: unknown) => process.send?.({ id, error: String(error) } satisfies Reply),
  );
});

// The test is gone, however it ended.
process.on('disconnect', () => process.exit());

async function answer(call: Call): Promise<unknown> {
  const { links, health, ...rest } = await database;
  switch (call.method) {
    case 'find':
      return links.find(call.code);
    case 'deletions':
      return links.deletions(call.within);
    case 'markDeleted':
      return links.markDeleted(call.code);
    case 'insert':
      return links.insert(call.link, call.once);
    case 'replay':
      return links.replay(call.once);
    case 'addClicks':
      return links.addClicks(call.batches);
    case 'canRead':
      return health.canRead();
    case 'canWrite':
      return health.canWrite();
    case 'close':
      return rest.close();
  }
}
