import rateLimit from '@fastify/rate-limit';
import Fastify, { type FastifyInstance } from 'fastify';
import type { QueueKind } from '../contract/click-queue';
import type { Log } from './adapters/log';
import type { PageFile } from './adapters/page-files';
import { registerClient, trustProxies } from './routes/client';
import { registerJson } from './routes/json';
import { RATE_LIMIT_OPTIONS, createLimits } from './routes/limits';
import { FORMATS, registerLinks } from './routes/links';
import { registerPage } from './routes/page';
import { registerProbes } from './routes/probes';
import { createErrorHandler, sendProblem } from './routes/problems';
import { createAnswerHot, registerRedirect } from './routes/redirect';
import { createTellPath } from './routes/server-timing';
import { createWire } from './routes/wire';
import type { Services } from './services/services';

export interface AppOptions {
  readonly services: Services;
  readonly log: Log;
  readonly serverId: string;
  readonly region: string;
  readonly publicUrl?: URL | undefined;
  /** How many proxies of ours append to `X-Forwarded-For`; 0 where their number is not set. */
  readonly trustedProxies: number;
  /** Whether every answer tells its path; otherwise those to `Prefer: server-timing`. */
  readonly serverTiming: boolean;
  readonly page: readonly PageFile[];
  /** The kind of the queue that clicks go through. @default - they go to the database */
  readonly queueKind?: QueueKind | undefined;
  /** How long a request may take to arrive, in ms. @default - 15,000 */
  readonly requestTimeout?: number | undefined;
}

/** A link is a URL and an alias; nothing that we take is larger. */
const BODY_LIMIT_BYTES = 16 * 1_024;

/** As long as a request's head may be in Node, in characters. */
const MAX_PATH_LENGTH = 16 * 1_024;

/** The application over its services: routes, errors, limits. It starts nothing and reads nothing from its surroundings. */
export function buildApp(options: AppOptions): FastifyInstance {
  const { services, log, serverId, region, publicUrl, trustedProxies, page } = options;
  const tellPath = createTellPath({ serverId, region, always: options.serverTiming });
  const handleError = createErrorHandler(log, tellPath);
  const app = Fastify({
    // The framework's own log costs every request listeners and a child logger; what is worth a line, the routes log.
    logger: false,
    bodyLimit: BODY_LIMIT_BYTES,
    // Where every answer tells its path, none is given without the route.
    ...createWire(options.serverTiming ? () => false : createAnswerHot(services), options.requestTimeout),
    trustProxy: trustProxies(trustedProxies),
    // A request that arrives while we stop is answered; the connection is closed after it.
    return503OnClosing: false,
    // However long, a code is known or unknown.
    routerOptions: { maxParamLength: MAX_PATH_LENGTH },
    ajv: {
      customOptions: {
        removeAdditional: false,
        coerceTypes: false,
        formats: FORMATS,
        // A test has the one schema checked; at each start that is a sixth of the start's time.
        validateSchema: false,
      },
    },
    frameworkErrors(error, request, reply) {
      void handleError(error, request, reply);
    },
  });
  registerJson(app);
  // Deleting takes no body; what type one has, or would have, is no reason to refuse.
  app.addHttpMethod('DELETE', { hasBody: false, overrideExisting: true });
  app.setErrorHandler(handleError);
  registerClient(app, trustedProxies);
  app.register(rateLimit, RATE_LIMIT_OPTIONS);
  registerPage(app, page, publicUrl);
  app.register((instance, _options, done) => {
    const limits = createLimits(instance);
    instance.setNotFoundHandler(async (request, reply) => {
      const refused = await limits.refuseGuess(request, reply);
      return refused ? reply : sendProblem(reply, 404, 'There is nothing at this address.');
    });
    registerProbes(instance, { ...services, tellPath, serverId, region });
    registerLinks(instance, { ...services, limits, tellPath, publicUrl });
    registerRedirect(instance, {
      ...services,
      limits,
      tellPath,
      queueKind: options.queueKind,
    });
    done();
  });
  return app;
}
