/** A real nginx on this machine, with a configuration of one's own; without root, everything in a temporary folder. */
import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { NGINX, locate } from '../machine';
import { onPort } from './ports';
import { serverUser, supervise, type Part } from './supervised';

/**
 * The inside of nginx's `http { }` for a server that listens on `127.0.0.1:port`. Relative paths are below its
 * temporary folder.
 */
export type Configuration = (port: number) => string;

export interface Nginx extends Part {
  /** `http://127.0.0.1:port` */
  readonly url: string;
  readonly port: number;
  /**
   * Takes another configuration without dropping a request: resolves once every new request comes under it; those
   * under way are answered under the old one.
   *
   * @throws Error with nginx's words where the configuration is wrong; the old one stays.
   */
  reload(configuration: Configuration): Promise<void>;
}

/**
 * Starts nginx with one worker process and resolves when it listens.
 *
 * @throws Error when nginx is not installed, or with the end of its log when it does not start.
 */
export async function startNginx(
  configuration: Configuration,
  options: { readonly port?: number } = {},
): Promise<Nginx> {
  return onPort(options.port, (port) => startOnPort(port, configuration));
}

async function startOnPort(port: number, configuration: Configuration): Promise<Nginx> {
  const nginx = locate(NGINX);
  let folder = '';
  const commandFor = (file: string) => [nginx, '-p', folder, '-e', 'stderr', '-c', join(folder, file)];
  const part = await supervise({
    name: 'nginx',
    serves: /start worker process \d+/,
    endsAt: ['QUIT', 'TERM'],
    command: (made) => {
      folder = made;
      return commandFor('nginx.conf');
    },
    prepare: () => writeFile(join(folder, 'nginx.conf'), file(configuration(port))),
  });
  const takeOver = async (text: string) => {
    await writeFile(join(folder, 'next.conf'), text);
    const [command = nginx, ...words] = commandFor('next.conf');
    await promisify(execFile)(command, ['-t', ...words], serverUser().spawnOptions);
    await writeFile(join(folder, 'nginx.conf'), text);
  };
  const stop = part.stop.bind(part);
  let stopping = false;
  let takingOver: Promise<unknown> = Promise.resolve();
  const refuseOnceStopping = () => {
    if (stopping) throw new Error('nginx is being stopped.');
  };
  return Object.assign(part, {
    url: `http://127.0.0.1:${port}`,
    port,
    stop: async () => {
      stopping = true;
      // Removing the folder while files are written to it would leave it behind.
      await takingOver;
      await stop();
    },
    reload: async (next: Configuration) => {
      refuseOnceStopping();
      const takenOver = takeOver(file(next(port)));
      takingOver = Promise.allSettled([takingOver, takenOver]);
      await takenOver;
      refuseOnceStopping();
      part.signal('SIGHUP');
      // The old worker says so as it closes its listening sockets, however long its last requests may take.
      await part.logged(/gracefully shutting down/);
    },
  });
}

function file(http: string): string {
  return `
daemon off;
worker_processes 1;
pid nginx.pid;
error_log stderr notice;
events { worker_connections 4096; }
http {
  access_log off;
  client_body_temp_path client_body;
  proxy_temp_path proxy;
  fastcgi_temp_path fastcgi;
  uwsgi_temp_path uwsgi;
  scgi_temp_path scgi;
${http}
}
`;
}
