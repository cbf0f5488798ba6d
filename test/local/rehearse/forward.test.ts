import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { freePort } from '../../../local/parts/supervised';
import { forward } from '../../../local/rehearse/forward';

describe('a port that leads to another one', () => {
  let server: Server;
  let end: () => Promise<void>;
  let url: string;

  beforeAll(async () => {
    server = createServer((_request, response) => response.end('here'));
    const [from, to] = [await freePort(), await freePort()];
    await once(server.listen(to, '127.0.0.1'), 'listening');
    end = await forward(from, to);
    url = `http://127.0.0.1:${from}/`;
  });

  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });

  test('answers as the other one does, and no more once it has ended', async () => {
    expect(await (await fetch(url)).text()).toBe('here');
    await end();
    await expect(fetch(url)).rejects.toThrow('fetch failed');
  });
});
