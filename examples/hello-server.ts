/** The least that an application must do to take the link shortener's place: docs/application-contract.md says the rest. */
import { createServer } from 'node:http';

const PROBES = ['/healthz', '/readyz', '/writable'];

const server = createServer((request, response) => {
  const isProbe = PROBES.includes(request.url ?? '');
  response.end(isProbe ? 'ok' : `Hello from ${process.env['SERVER_ID'] ?? 'a server'}`);
});

server.listen(Number(process.env['PORT'] ?? 3000));

// What is asked already is answered before the process ends.
process.once('SIGTERM', () => server.close());
