/**
 * A real HAProxy on this machine as the load balancer of rung 3: what the ALB is, with the same probe and thresholds
 * (lib/constructs/edge/load-balancer.ts).
 */
import { writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { PROBES } from '../../contract/settings';
import { HAPROXY, locate } from '../machine';
import { onPort } from './ports';
import { supervise, type Part } from './supervised';

export interface LoadBalancer extends Part {
  /** `http://127.0.0.1:port` */
  readonly url: string;
  readonly port: number;
  /**
   * Bytes of answers that it has sent since its start, headers included: what leaves a data center. HAProxy counts an
   * answer when it is done with it, which may be a moment after its last byte has arrived.
   *
   * @throws Error where it does not run
   */
  bytesSent(): Promise<number>;
}

export interface LoadBalancerOptions {
  /** Where the servers listen: `http://127.0.0.1:8080`. */
  readonly servers: readonly string[];
  /** TCP port on 127.0.0.1; a free one by default. */
  readonly port?: number;
  /**
   * Milliseconds between probes. @default - 1,000, a tenth of the ALB's, so that a person who watches need not wait
   * for half a minute; the thresholds are the ALB's own
   */
  readonly probeInterval?: number;
  /** How long it waits for a request's head, in ms. @default - 15,000: so long the ALB waits, where nothing moves */
  readonly requestTimeout?: number;
}

/**
 * Starts a load balancer over the servers, which it asks whether they can answer reads, and resolves when it listens.
 *
 * @throws Error when HAProxy is not installed, or with the end of its log when it does not start.
 */
export async function startLoadBalancer(options: LoadBalancerOptions): Promise<LoadBalancer> {
  return onPort(options.port, async (port) => {
    const haproxy = locate(HAPROXY);
    let statistics = '';
    const part = await supervise({
      name: 'haproxy',
      serves: /New worker \(\d+\) forked/,
      endsAt: ['TERM'],
      command: (folder) => [haproxy, '-W', '-db', '-f', join(folder, 'haproxy.cfg')],
      prepare: (folder) => {
        statistics = join(folder, 'stats');
        return writeFile(join(folder, 'haproxy.cfg'), configuration(port, statistics, options));
      },
    });
    return Object.assign(part, {
      url: `http://127.0.0.1:${port}`,
      port,
      bytesSent: () => bytesSent(statistics),
    });
  });
}

/** Asks HAProxy for its statistics, one line of comma-separated values for each proxy, and finds what users were sent. */
async function bytesSent(socketPath: string): Promise<number> {
  const socket = connect(socketPath);
  socket.end('show stat\n');
  const [headings = [], ...lines] = (await text(socket)).split('\n').map((line) => line.split(','));
  const users = lines.find(([proxy, what]) => proxy === 'users' && what === 'FRONTEND');
  return Number(users?.[headings.indexOf('bout')]);
}

/** A request that no server has begun to answer is given to another one, as the ALB does with a connection that fails. */
function configuration(
  port: number,
  statistics: string,
  { servers, probeInterval = 1_000, requestTimeout = 15_000 }: LoadBalancerOptions,
): string {
  const each = servers.map((url, index) => `  server server-${index + 1} ${new URL(url).host}`).join('\n');
  return `
global
  log stderr format raw local0 notice
  stats socket ${statistics} mode 600 level user

defaults
  mode http
  log global
  timeout connect 2s
  timeout http-request ${requestTimeout}ms
  timeout client 15s
  timeout server 15s
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
