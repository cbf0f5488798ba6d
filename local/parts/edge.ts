/**
 * The caching edge in front of the application: what CloudFront is at rung 6, as nginx's configuration. It keeps the
 * static files and nothing else, tells the application who its client is, and proves that a request came this way.
 */
import { MARK_PATH } from '../../contract/promotion';
import { PROBES } from '../../contract/settings';
import type { Configuration } from './nginx';

export interface Edge {
  /** Where the application, or the load balancer before it, listens: `http://127.0.0.1:8080`. */
  readonly origin: string;
  /** Letters and digits, sent to the origin as `X-Origin-Verify`; what a client sends by that name is dropped. */
  readonly secret: string;
  /** Below which path the fingerprinted files are; begins and ends with `/`, such as `/assets/`. */
  readonly staticPath: string;
  /**
   * Where the files below that path are kept for good: `http://127.0.0.1:9000`. What it lacks is asked of the origin.
   *
   * @default - the origin alone has them
   */
  readonly bucket?: string;
  /**
   * What is asked elsewhere, from rung 7 on.
   *
   * @default - there is one data center, which answers all
   */
  readonly apart?: Apart;
}

/** How several data centers are told apart; the origin is then the one that answers reads. */
interface Apart {
  /** Where the API is asked, and `/writable`: `http://127.0.0.1:8080`. */
  readonly writes: string;
  /** Regions whose promotion mark is there. */
  readonly marked: readonly string[];
}

/**
 * The edge's configuration, for `startNginx`. Its answers say `X-Cache: HIT` or `MISS`. Numbers are CloudFront's
 * defaults: an idle connection to the origin lives 5 s, an answer may take 30 s, a file whose `Cache-Control` says
 * nothing is kept for a day, what is smaller than 1,000 bytes is not compressed.
 */
export function edge({ origin, secret, staticPath, bucket, apart }: Edge): Configuration {
  const kept = `
    proxy_cache edge;
    proxy_cache_key $uri;
    proxy_cache_valid 200 1d;
    # Servers compress by themselves, so they say that answers vary; here they are asked for one form only.
    proxy_ignore_headers Vary;
    # Many who ask for the same new file at once are one request to the origin, as with Origin Shield.
    proxy_cache_lock on;

    # Only here: CloudFront does not compress where its cache is off.
    gzip on;
    gzip_vary on;
    gzip_min_length 1000;
    gzip_types text/css text/javascript application/javascript application/json image/svg+xml;`;
  return (port) => `
proxy_cache_path cache keys_zone=edge:10m max_size=1g inactive=365d use_temp_path=off;

map $upstream_cache_status $edge_cache {
  HIT     HIT;
  default MISS;
}

${upstream('origin', origin)}${apart === undefined ? '' : upstream('writes', apart.writes)}
server {
  listen 127.0.0.1:${port};
  # The application says how large a request may be.
  client_max_body_size 0;

  proxy_http_version 1.1;
  proxy_connect_timeout 10s;
  proxy_read_timeout 30s;
  proxy_set_header Connection "";
  proxy_set_header Host $http_host;
  proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
  proxy_set_header X-Forwarded-Proto $scheme;
  proxy_set_header CloudFront-Forwarded-Proto $scheme;
  proxy_set_header X-Origin-Verify "${secret}";
  # One copy of a file is kept, uncompressed; the edge compresses it for those who can take it.
  proxy_set_header Accept-Encoding "";

  proxy_hide_header X-Cache;
  add_header X-Cache $edge_cache always;

  location / {
    proxy_pass http://origin;
  }

${apart === undefined ? '' : toDataCenters(apart)}
  location ${staticPath} {${bucket === undefined ? toOrigin(kept) : toBucket(bucket, kept)}
  }
}
`;
}

function upstream(name: string, url: string): string {
  return `
upstream ${name} {
  server ${new URL(url).host};
  keepalive 64;
  keepalive_timeout 5s;
}
`;
}

/** All of the API goes where writes go. What is not in a bucket that may not be listed, S3 calls forbidden. */
function toDataCenters({ marked }: Apart): string {
  const locations = [
    ...['/api/', `= ${PROBES.writable}`].map((path) => `location ${path} { proxy_pass http://writes; }`),
    `location ${MARK_PATH}/ { return 403; }`,
    ...marked.map((region) => `location = ${MARK_PATH}/${region} { return 200; }`),
  ];
  return `
  ${locations.join('\n  ')}
`;
}

function toOrigin(kept: string): string {
  return `
    proxy_pass http://origin;${kept}`;
}

/** The bucket is told nothing of the client or the secret. Its refusals are CloudFront's reasons to ask the second origin. */
function toBucket(bucket: string, kept: string): string {
  return `
    proxy_pass ${bucket};
    proxy_set_header Connection "";
    proxy_set_header Accept-Encoding "";
    proxy_intercept_errors on;
    error_page 403 404 500 502 503 504 = @origin;${kept}
  }

  location @origin {${toOrigin(kept)}`;
}
