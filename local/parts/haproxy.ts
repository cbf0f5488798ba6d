/**
 * A real HAProxy on this machine as the load balancer of rung 3: what the ALB is, with the same probe and thresholds
 * (lib/constructs/edge/load-balancer.ts).
 */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PROBES } from '../../contract/settings';
import { HAPROXY, locate } from '../machine';
import { onPort, supervise, type Part } from './supervised';

export interface LoadBalancer extends Part {
  /** `http://127.0.0.1:port` */
  readonly url: string;
  readonly port: number;
}

export interface LoadBalancerOptions {
  /** Where the servers listen: `http://127.0.0.1:8080`. */
  readonly servers: readonly string[];
  /** TCP port on 127.0.0.1; a free one by default. */
  readonly port?: number;
  /**
   * Milliseconds between probes. @default - 1,000, a tenth of the ALB's, so that nobody who watches has to wait for
   * half a minute; the thresholds are the ALB's own
   */
  readonly probeInterval?: number;
}

/**
 * Starts a load balancer over the servers, which it asks whether they can answer reads, and resolves when it listens.
 *
 * @throws Error when HAProxy is not installed, or with the end of its log when it does not start.
 */
export async function startLoadBalancer(options: LoadBalancerOptions): Promise<LoadBalancer> {
  return onPort(options.port, async (port) => {
    const haproxy = locate(HAPROXY);
    const part = await supervise({
      name: 'haproxy',
      serves: /New worker \(\d+\) forked/,
      endsAt: ['TERM'],
      command: (folder) => [haproxy, '-W', '-db', '-f', join(folder, 'haproxy.cfg')],
      prepare: (folder) => writeFile(join(folder, 'haproxy.cfg'), configuration(port, options)),
    });
    return Object.assign(part, { url: `http://127.0.0.1:${port}`, port });
  });
}

/** A request that no server has begun to answer is given to another one, as the ALB does with a connection that fails. */
function configuration(port: number, { servers, probeInterval = 1_000 }: LoadBalancerOptions): string {
  const each = servers.map((url, index) => `  server server-${index + 1} ${new URL(url).host}`).join('\n');
  return `
global
  log stderr format raw local0 notice

defaults
  mode http
  log global
  timeout connect 2s
  timeout client 60s
  timeout server 60s
  timeout check 5s
  retries 2
  option redispatch 1
  option forwardfor

frontend users
  bind 127.0.0.1:${port}
  # The ALB fails open: with no healthy server it asks any of them.
  use_backend any-server if { nbsrv(servers) eq 0 }
  default_backend servers

backend servers
  balance leastconn
  option httpchk GET ${PROBES.ready}
  retry-on conn-failure empty-response
  default-server check inter ${probeInterval}ms fall 3 rise 2 observe layer4 error-limit 3 on-error mark-down
${each}

backend any-server
  balance leastconn
  retry-on conn-failure empty-response
${each}
`;
}
