import { spawn } from 'node:child_process';
import { once } from 'node:events';

/**
 * Runs an executable to its end, its output going where ours goes; SIGTERM reaches it when the signal aborts or the
 * time is over.
 *
 * @throws Error unless it exits with 0.
 */
export async function runToEnd(path: string, limitMs: number, signal?: AbortSignal): Promise<void> {
  const child = spawn(path, { stdio: ['ignore', 'inherit', 'inherit'] });
  const terminate = () => child.kill('SIGTERM');
  const timer = setTimeout(terminate, limitMs);
  signal?.addEventListener('abort', terminate, { once: true });
  try {
    await once(child, 'exit');
    if (child.exitCode !== 0) {
      const end =
        child.exitCode === null ? `was ended (it had ${limitMs / 1000} s)` : `failed with ${child.exitCode}`;
      throw new Error(`${path} ${end}; its own lines above say why.`);
    }
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', terminate);
  }
}
