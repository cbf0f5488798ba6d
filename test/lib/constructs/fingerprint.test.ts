import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import fc from 'fast-check';
import { fingerprinted } from '../../../lib/constructs/compute/fingerprint';

type Page = Readonly<Record<string, string>>;

/** What becomes of a page's files: deployed path → content. */
function deployed(page: Page): ReadonlyMap<string, string> {
  const folder = mkdtempSync(join(tmpdir(), 'zero-to-million-page-'));
  try {
    Object.entries(page).forEach(([path, content]) => {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), content);
    });
    return new Map([...fingerprinted(folder)].map(([path, content]) => [path, content.toString('utf8')]));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** The deployed path of the file that was `static/NAME.ext`. */
function nameOf(page: Page, name: string): string {
  const [stem, extension] = name.split('.');
  const form = new RegExp(`^static/${stem ?? ''}\\.[0-9a-f]{16}\\.${extension ?? ''}$`);
  return [...deployed(page).keys()].find((path) => form.test(path)) ?? `no ${name}`;
}

const PAGE: Page = {
  'index.html': '<link rel="stylesheet" href="/static/page.css"><script src="/static/page.js"></script>',
  'static/page.css': 'body { background: url("icon.svg"); }',
  'static/page.js': "import './parts/more.js';",
  'static/parts/more.js': "fetch('/api/links');",
  'static/icon.svg': '<svg/>',
};

const text = fc.stringMatching(/^[a-z ]{0,30}$/);
/** Stylesheets in a chain, each importing the next, so that every one leads to all that follow. */
const chain = fc.array(text, { minLength: 1, maxLength: 6 });
const chained = (contents: readonly string[]): Page => ({
  'index.html': '<link href="/static/s0.css">',
  ...Object.fromEntries(
    contents.map((content, index) => [
      `static/s${index}.css`,
      `/* ${content} */${index + 1 < contents.length ? ` @import './s${index + 1}.css';` : ''}`,
    ]),
  ),
});

describe('a static file', () => {
  it('is deployed under a name with a fingerprint, in the folder where it was', () => {
    expect([...deployed(PAGE).keys()].map((path) => path.replace(/[0-9a-f]{16}/, 'F')).sort()).toEqual([
      'index.html',
      'static/icon.F.svg',
      'static/page.F.css',
      'static/page.F.js',
      'static/parts/more.F.js',
    ]);
  });

  it('has the same name and bytes each time', () => {
    fc.assert(
      fc.property(chain, (contents) => {
        const [one, two] = [deployed(chained(contents)), deployed(chained(contents))];
        return JSON.stringify([...one]) === JSON.stringify([...two]);
      }),
      { numRuns: 20 },
    );
  });

  it('changes its name with its content, and with that of whatever it leads to, and with nothing else', () => {
    fc.assert(
      fc.property(chain, fc.nat(), (contents, seed) => {
        const changed = seed % contents.length;
        const after = contents.map((content, index) => (index === changed ? `${content}!` : content));
        return contents.every((_, index) => {
          const same = nameOf(chained(contents), `s${index}.css`) === nameOf(chained(after), `s${index}.css`);
          return same === index > changed;
        });
      }),
      { numRuns: 20 },
    );
  });

  it('that leads to another which leads back has a name too', () => {
    const page = { 'static/a.js': "import './b.js';", 'static/b.js': "import './a.js';" };
    expect(deployed(page).size).toBe(2);
  });
});

describe('a reference', () => {
  it('follows the file that it means, wherever it stands', () => {
    fc.assert(
      fc.property(chain, (contents) => {
        const files = deployed(chained(contents));
        const meant = [...files.values()].flatMap((content) =>
          Array.from(
            content.matchAll(/(?:\/static\/|\.\/)(s\d\.[0-9a-f]{16}\.css)/g),
            ([, name = '']) => name,
          ),
        );
        return meant.length === contents.length && meant.every((name) => files.has(`static/${name}`));
      }),
      { numRuns: 20 },
    );
  });

  it('in a stylesheet’s url() follows without a dot before it', () => {
    const files = deployed(PAGE);
    expect(files.get(nameOf(PAGE, 'page.css'))).toBe(
      `body { background: url("${nameOf(PAGE, 'icon.svg').replace('static/', '')}"); }`,
    );
  });

  it('to what is no file of the page stays', () => {
    const page = { 'index.html': '<a href="/static/none.css">', 'static/page.js': "fetch('/api/links')" };
    expect(deployed(page).get('index.html')).toBe('<a href="/static/none.css">');
  });
});

describe('a page', () => {
  it('keeps its name, for browsers ask for it by that', () => {
    expect(deployed(PAGE).has('index.html')).toBe(true);
  });

  it('is changed in nothing but its references', () => {
    const html = deployed(PAGE).get('index.html') ?? '';
    expect(html.replaceAll(/\.[0-9a-f]{16}/g, '')).toBe(PAGE['index.html']);
  });
});
