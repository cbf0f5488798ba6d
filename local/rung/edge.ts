/** The edge of a rung, before its data centers. */
import { startDataCenterEdge } from '../parts/data-center-edge';
import { edge } from '../parts/edge';
import { startNginx } from '../parts/nginx';
import type { Part } from '../parts/supervised';

export interface Origin {
  /** undefined where there is one data center. */
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

/** A tenth of what it is on AWS, as the load balancer's probes are; a probe waits longer, for a busy machine is no dead one. */
const HEALTH = { interval: 1_000, timeToLive: 1_000, timeout: 2_000 };

/** Starts it. @param origins the nearest first */
export async function startEdge(origins: readonly Origin[], port: number): Promise<RungEdge> {
  const settings = { secret: SECRET, staticPath: STATIC_PATH };
  const dataCenters = origins.flatMap(({ region, url }) => (region === undefined ? [] : [{ region, url }]));
  if (dataCenters.length > 0) {
    return startDataCenterEdge({ ...settings, ...HEALTH, dataCenters, port });
  }
  const [origin = ''] = origins.map(({ url }) => url);
  const nginx = await startNginx(edge({ ...settings, origin }), { port });
  return Object.assign(nginx, { mark: () => Promise.resolve() });
}
