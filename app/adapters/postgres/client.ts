import { Client, type ClientConfig } from 'pg';

/** One connection outside a pool. That it is lost between statements is reported by the next one, and ends no process. */
export async function connectClient(config: ClientConfig): Promise<Client> {
  const client = new Client(config);
  client.on('error', () => undefined);
  await client.connect();
  return client;
}
