import type { FastifyInstance } from 'fastify';
import { PROBES } from '../../contract/settings';
import type { Clicks } from '../services/clicks';
import type { Health } from '../services/health';
import { sendUnavailable } from './problems';

export interface ProbeOptions {
  readonly health: Health;
  readonly clicks: Clicks;
  readonly serverId: string;
  readonly region: string;
}

/** The three probes. `/healthz` asks nothing of others; it also shows what this process holds in memory. */
export function registerProbes(
  app: FastifyInstance,
  { health, clicks, serverId, region }: ProbeOptions,
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
  app.get(PROBES.writable, async (_request, reply) =>
    (await health.writable())
      ? reply.header('cache-control', 'no-store').send({ status: 'writable', region })
      : sendUnavailable(reply, 'This server does not take writes now.'),
  );
}
