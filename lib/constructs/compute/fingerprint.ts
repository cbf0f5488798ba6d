import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, parse, posix, relative, sep } from 'node:path';

/** A page’s files as they are deployed: path below the page’s folder, with `/` → content. */
export type PageFiles = ReadonlyMap<string, Buffer>;

/** Files below it may be cached for a year: changed content has another name. */
export const STATIC = 'static/';

/** Files that may refer to others. */
const TEXT = /\.(?:html|css|m?js|svg|json|webmanifest)$/;

/** `/static/page.css`, `./page.css` and `../page.css`, wherever they stand; in stylesheets also `url(page.css)`. */
const REFERENCE = /(?<![\w./-])(?:\/static\/|\.{1,2}\/)[\w./-]+|(?<=url\(["']?)\w[\w./-]*/g;

/**
 * Reads a page's folder and gives everything below `static/` a name with a fingerprint, `page.<16 hex digits>.css`,
 * that changes with the content of the file and of all files that it refers to. References are rewritten.
 */
export function fingerprinted(folder: string): PageFiles {
  const files = new Map(
    readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
      .sort()
      .map((path) => [relative(folder, path).split(sep).join('/'), readFileSync(path)]),
  );
  const names = new Map([...files.keys()].map((path) => [path, deployedName(files, path)]));
  return new Map(
    [...files].map(([path, content]) => [names.get(path) ?? path, rewritten(path, content, names)]),
  );
}

function deployedName(files: PageFiles, path: string): string {
  if (!path.startsWith(STATIC)) {
    return path;
  }
  const { dir, name, ext } = parse(path);
  return posix.join(dir, `${name}.${fingerprint(files, path)}${ext}`);
}

/** A hash of the original content of the file and all files that it refers to, so that two files may refer to each other. */
function fingerprint(files: PageFiles, path: string): string {
  const reached = new Set([path]);
  for (const next of reached) {
    referencesOf(next, files.get(next)).forEach((other) => {
      if (files.has(other)) {
        reached.add(other);
      }
    });
  }
  const hash = createHash('sha256');
  [...reached].sort().forEach((each) => hash.update(`${each}\0`).update(files.get(each) ?? ''));
  return hash.digest('hex').slice(0, 16);
}

function referencesOf(path: string, content: Buffer | undefined): readonly string[] {
  return content !== undefined && TEXT.test(path)
    ? Array.from(content.toString('utf8').matchAll(REFERENCE), ([reference]) => targetOf(path, reference))
    : [];
}

function rewritten(path: string, content: Buffer, names: ReadonlyMap<string, string>): Buffer {
  if (!TEXT.test(path)) {
    return content;
  }
  const text = content.toString('utf8').replaceAll(REFERENCE, (reference) => {
    const name = names.get(targetOf(path, reference));
    // Only the last part of the path changes.
    return name === undefined
      ? reference
      : reference.slice(0, reference.lastIndexOf('/') + 1) + posix.basename(name);
  });
  return Buffer.from(text);
}

/** The target of a reference in `path`, as a path below the page’s folder. */
function targetOf(path: string, reference: string): string {
  return reference.startsWith('/') ? reference.slice(1) : posix.join(dirname(path), reference);
}
