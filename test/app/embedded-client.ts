import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { Database } from '../../app/adapters/database';
import { compiled } from '../support/program';
import { SHORT_LIVED } from '../support/runtime';
import type { Call, Reply, Request } from './embedded-host';

/** The embedded database of a folder, in a process of its own (see embedded-host.ts). */
export function openEmbeddedApart(dataDir: string): Database {
  const host = fork(compiled(join(__dirname, 'embedded-host.ts')), [dataDir], {
    execArgv: [...SHORT_LIVED],
    // Keeps dates and maps what they are.
    serialization: 'advanced',
  });
  const waiting = new Map<number, (reply: Reply) => void>();
  let lastId = 0;
  host.on('message', (reply: Reply) => {
    waiting.get(reply.id)?.(reply);
    waiting.delete(reply.id);
  });
  host.on('exit', (code) => {
    waiting.forEach((settle, id) => {
      settle({ id, error: `The embedded database ended with ${code}.` });
    });
  });

  async function ask<Result>(call: Call): Promise<Result> {
    lastId += 1;
    const request: Request = { id: lastId, call };
    const reply = await new Promise<Reply>((resolve) => {
      waiting.set(request.id, resolve);
      host.send(request);
    });
    if (reply.error !== undefined) {
      throw new Error(reply.error);
    }
    // eslint-disable-next-line @typescript-eslint/consistent-type-assertions -- the host returns what the method of that name does
    return reply.result as Result;
  }

  return {
    links: {
      find: (code) => ask({ method: 'find', code }),
      deletions: (within) => ask({ method: 'deletions', within }),
      markDeleted: (code) => ask({ method: 'markDeleted', code }),
      insert: (link, onceOnly) => ask({ method: 'insert', link, once: onceOnly }),
      replay: (onceOnly) => ask({ method: 'replay', once: onceOnly }),
      addClicks: (batches) => ask({ method: 'addClicks', batches }),
    },
    health: { canRead: () => ask({ method: 'canRead' }), canWrite: () => ask({ method: 'canWrite' }) },
    async close() {
      await ask({ method: 'close' });
      host.disconnect();
      await once(host, 'exit');
    },
  };
}
