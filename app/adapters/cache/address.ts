/** Where the cache is and how to sign in. */
export interface CacheAddress {
  readonly host: string;
  readonly port: number;
  readonly tls: boolean;
  /** Whether keys are spread over several nodes, which then tell clients of each other. */
  readonly cluster: boolean;
  readonly username: string | undefined;
  readonly password: string | undefined;
}

const DEFAULT_PORT = 6379;

/** Undefined where it is not of the form `redis[s]://[[user]:password@]host[:port][?cluster=true]`. */
export function parseCacheUrl(text: string): CacheAddress | undefined {
  if (!URL.canParse(text)) {
    return undefined;
  }
  const { protocol, hostname, port, username, password, pathname, search, hash } = new URL(text);
  const credentials = decodeAll([username, password]);
  const hasForm =
    /^rediss?:$/.test(protocol) &&
    hostname !== '' &&
    /^\/?$/.test(pathname) &&
    /^(\?cluster=(true|false))?$/.test(search) &&
    hash === '';
  if (!hasForm || credentials === undefined) {
    return undefined;
  }
  return {
    // An IPv6 address stands in brackets in a URL, and nowhere else.
    host: hostname.replace(/^\[(.*)\]$/, '$1'),
    port: port === '' ? DEFAULT_PORT : Number(port),
    tls: protocol === 'rediss:',
    cluster: search === '?cluster=true',
    username: credentials[0],
    password: credentials[1],
  };
}

/** An empty text becomes undefined; so does the whole where one is wrongly encoded. */
function decodeAll(texts: readonly string[]): readonly (string | undefined)[] | undefined {
  try {
    return texts.map((text) => (text === '' ? undefined : decodeURIComponent(text)));
  } catch {
    return undefined;
  }
}
