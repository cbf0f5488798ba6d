import type { FastifyInstance } from 'fastify';
import { PROBES } from '../../contract/settings';
import type { Clicks } from '../services/clicks';
import type { Health } from '../services/health';
import { sendUnavailable } from './problems';
import { NO_DATABASE, type TellPath } from './server-timing';

export interface ProbeOptions {
  readonly health: Health;
  readonly clicks: Clicks;
  readonly tellPath: TellPath;
  readonly serverId: string;
  readonly region: string;
}

const PRIMARY = [{ name: 'db', description: 'primary' }] as const;

/** The three probes. `/healthz` asks nothing of others; it also shows what this process holds in memory. */
export function registerProbes(
  app: FastifyInstance,
  { health, clicks, tellPath, serverId, region }: ProbeOptions,
): void {
  app.get(PROBES.alive, (_request, reply) =>
    reply
      .header('cache-control', 'no-store')
      .send({ status: 'alive', server: serverId, region, clicks: clicks.state() }),
  );
  app.get(PROBES.ready, async (_request, reply) =>
    (await health.ready())
      ? reply.header('cache-control', 'no-store').send({ status: 'ready' })
      : sendUnavailable(reply, 'This server cannot answer reads now.'),
  );
  app.get(PROBES.writable, async (request, reply) => {
    const writable = await health.writable();
    tellPath(request, reply, writable ? PRIMARY : NO_DATABASE);
    return writable
      ? reply.header('cache-control', 'no-store').send({ status: 'writable', region })
      : sendUnavailable(reply, 'This server does not take writes now.');
  });
}
