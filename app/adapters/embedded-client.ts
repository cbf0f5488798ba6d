import { Duplex } from 'node:stream';
import type { PGlite } from '@electric-sql/pglite';
import { Client } from 'pg';
import { PLANNING } from '../../contract/count-clicks';

/**
 * The driver of all other databases, connected to PostgreSQL inside this process: statements are prepared once, under
 * their names, which PGlite's own way of asking never does; it takes half of the time.
 */
export async function connectInside(pglite: Pick<PGlite, 'execProtocolRaw'>): Promise<Client> {
  const client = new Client({ stream: () => new Inside(pglite) });
  await client.connect();
  for (const [, name = '', value = ''] of PLANNING.matchAll(/-c (\w+)=(\w+)/g)) {
    await client.query(`SET ${name} = ${value}`);
  }
  return client;
}

/** What PostgreSQL answers to a client that it lets in: `AuthenticationOk`, `ReadyForQuery`. */
const WELCOME = Buffer.from([...[0x52, 0, 0, 0, 8, 0, 0, 0, 0], ...[0x5a, 0, 0, 0, 5, 0x49]]);

/** The first byte of what a client says at its end; PGlite, which has one session for ever, must not hear it. */
const TERMINATE = 0x58;

/** In a socket's place. The driver writes all messages of a statement at once, and the next one's after its answer. */
class Inside extends Duplex {
  private isWelcome = false;

  constructor(private readonly pglite: Pick<PGlite, 'execProtocolRaw'>) {
    super();
  }

  connect(): this {
    process.nextTick(() => this.emit('connect'));
    return this;
  }

  setNoDelay(): this {
    return this;
  }

  setKeepAlive(): this {
    return this;
  }

  ref(): this {
    return this;
  }

  unref(): this {
    return this;
  }

  override _read(): void {
    // Answers are pushed as they come.
  }

  override _write(message: Buffer, _encoding: string, done: (error?: Error | null) => void): void {
    this.answer(message).then(() => {
      done();
    }, done);
  }

  override _writev(messages: { chunk: Buffer }[], done: (error?: Error | null) => void): void {
    this._write(Buffer.concat(messages.map(({ chunk }) => chunk)), '', done);
  }

  private async answer(message: Buffer): Promise<void> {
    if (!this.isWelcome) {
      this.isWelcome = true;
      this.push(WELCOME);
    } else if (message[0] !== TERMINATE) {
      this.push(Buffer.from(await this.pglite.execProtocolRaw(message)));
    }
  }

  override _final(done: () => void): void {
    this.push(null);
    done();
  }
}
