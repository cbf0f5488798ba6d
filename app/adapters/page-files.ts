import { createHash } from 'node:crypto';
import { readFileSync, readdirSync } from 'node:fs';
import { extname, join, relative, sep } from 'node:path';
import { gzipSync } from 'node:zlib';

/** A file of the page, ready to be sent. */
export interface PageFile {
  /** Where it is served: `/static/page.css`; `/` for index.html. */
  readonly path: string;
  readonly type: string;
  readonly etag: string;
  readonly content: Buffer;
  readonly gzipped: Buffer;
}

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
};

/**
 * Reads the page's folder and those in it, once: it is a few files of less than 100 kB in all, and a file server in front of them would
 * weigh more. A file of another type is a mistake.
 *
 * @throws Error naming the file
 */
export function readPageFiles(folder: string): readonly PageFile[] {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => {
      const file = join(parentPath, name);
      const type = TYPES[extname(name)];
      if (type === undefined) {
        throw new Error(`${file} has a type that the page does not serve.`);
      }
      const content = readFileSync(file);
      return {
        path: `/${relative(folder, file).split(sep).join('/')}`.replace(/^\/index\.html$/, '/'),
        type,
        etag: `"${createHash('sha256').update(content).digest('base64url').slice(0, 16)}"`,
        content,
        gzipped: gzipSync(content, { level: 9 }),
      };
    });
}
