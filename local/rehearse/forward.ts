/** A port that leads to another one: what the name of a database server does after a failover. */
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';

/**
 * Hands on every connection; resolves when it listens, with what ends it.
 *
 * @throws Error where the port is taken
 */
export async function forward(from: number, to: number): Promise<() => Promise<void>> {
  const open = new Set<Socket>();
  const keep = (socket: Socket): Socket => {
    open.add(socket);
    // Either end may go at any time; the other is told by its own end.
    return socket.on('error', () => undefined).on('close', () => open.delete(socket));
  };
  const server = createServer((client) => {
    const there = keep(connect(to, '127.0.0.1'));
    keep(client).pipe(there).pipe(client);
    client.on('close', () => there.destroy());
    there.on('close', () => client.destroy());
  });
  await once(server.listen(from, '127.0.0.1'), 'listening');
  return async () => {
    const closed = once(server, 'close');
    server.close();
    open.forEach((socket) => socket.destroy());
    await closed;
  };
}
