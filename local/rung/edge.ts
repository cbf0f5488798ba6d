/** The edge of a rung, before its data centers. */
import { edge } from '../parts/edge';
import { startNginx } from '../parts/nginx';
import type { Part } from '../parts/supervised';

export interface Origin {
  readonly region: string | undefined;
  /** Its load balancer's. */
  readonly url: string;
}

export interface RungEdge extends Part {
  readonly port: number;
  /** Says that a further data center's database has taken the primary's place. */
  mark(region: string): Promise<void>;
}

/** Proves to a load balancer that a request came by the edge; here nothing else can reach it anyway. */
const SECRET = 'local';
const STATIC_PATH = '/static/';

/** Starts it. @param origins the nearest first */
export async function startEdge([nearest, ...further]: readonly Origin[], port: number): Promise<RungEdge> {
  if (nearest === undefined || further.length > 0) {
    throw new Error('An edge over several data centers is not here yet.');
  }
  const nginx = await startNginx(edge({ origin: nearest.url, secret: SECRET, staticPath: STATIC_PATH }), {
    port,
  });
  return Object.assign(nginx, { mark: () => Promise.resolve() });
}
