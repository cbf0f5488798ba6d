import { once } from 'node:events';
import { createServer } from 'node:http';
import { startLoadBalancer } from '../../local/parts/haproxy';
import { until } from './support';

test('a load balancer tells how many bytes of answers it has sent', async () => {
  const body = 'a'.repeat(10_000);
  const server = createServer((_request, response) => response.end(body)).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : undefined;
  const balancer = await startLoadBalancer({ servers: [`http://127.0.0.1:${port ?? 0}`] });
  try {
    const before = await balancer.bytesSent();
    await (await fetch(balancer.url)).text();
    await (await fetch(balancer.url)).text();
    let sent = 0;
    // The last answer may be here before it is counted.
    await until(async () => {
      sent = (await balancer.bytesSent()) - before;
      return sent > 2 * body.length;
    }, 2_000);
    expect(sent).toBeGreaterThan(2 * body.length);
    expect(sent).toBeLessThan(2 * body.length + 1_000);
  } finally {
    await balancer.stop();
    server.closeAllConnections();
    server.close();
  }
});
