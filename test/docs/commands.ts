/**
 * The commands that people read in the documentation. Each is run by a test, or says what it needs: `# needs …` at the end
 * of its line in a block, `*needs …*` behind it in a sentence, or a paragraph `*Needs ….*`, from there to the end of its section.
 */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parsers } from 'prettier/plugins/markdown';

const ROOT = join(__dirname, '../..');

export interface Command {
  /** `README.md:14`. */
  readonly place: string;
  readonly text: string;
  /** What it says that it needs; undefined where a test is to run it. */
  readonly needs: string | undefined;
}

/** A shell's block of a page, whole. */
export interface Block {
  readonly place: string;
  readonly text: string;
}

/** What is read here of a page's tree (mdast). */
interface Node {
  readonly type: string;
  readonly depth?: number;
  readonly lang?: string | null;
  readonly value?: string;
  readonly children?: readonly Node[];
  readonly position: { readonly start: { readonly line: number } };
}

/** Every page that people read: all Markdown but what packages bring. */
export const PAGES: readonly string[] = spawnSync(
  'git',
  ['ls-files', '--cached', '--others', '--exclude-standard', '*.md'],
  { cwd: ROOT, encoding: 'utf8' },
)
  .stdout.split('\n')
  .filter((file) => file !== '');

const SHELLS = ['sh', 'bash', 'shell', 'console'];

/** With what a command begins, where nothing else says that it is one; settings may stand before it. */
const PROGRAM = /^(?:[A-Z_]+=\S+ )*(?:aws|bash|curl|dig|git|node|npm|npx|psql|sudo) ./;

export interface Page {
  readonly commands: readonly Command[];
  readonly blocks: readonly Block[];
}

/** @param page below the repository's root */
export function readPage(page: string): Promise<Page> {
  return readText(page, readFileSync(join(ROOT, page), 'utf8'));
}

export async function readText(page: string, text: string): Promise<Page> {
  const tree = await treeOf(text);
  const parts = partsOf(tree);
  const needs = marksOf(parts);
  const placeOf = (node: Node, line = 0): string => `${page}:${node.position.start.line + line}`;
  return {
    commands: parts.flatMap((part, index) =>
      commandsOf(part).map(({ line, text, needs: own }) => ({
        place: placeOf(part, line),
        text,
        needs: own ?? needs[index],
      })),
    ),
    blocks: parts.filter(isShell).map((part) => ({ place: placeOf(part), text: part.value ?? '' })),
  };
}

async function treeOf(text: string): Promise<Node> {
  // eslint-disable-next-line @typescript-eslint/consistent-type-assertions -- Prettier types no tree; this is mdast's
  const options = { originalText: text } as Parameters<typeof parsers.markdown.parse>[1];
  // eslint-disable-next-line @typescript-eslint/consistent-type-assertions -- as above
  return (await parsers.markdown.parse(text, options)) as Node;
}

/** What stands on a page, from the top down: headings, paragraphs, rows of tables, blocks. */
function partsOf(node: Node): readonly Node[] {
  return ['heading', 'paragraph', 'tableRow', 'code'].includes(node.type)
    ? [node]
    : (node.children ?? []).flatMap(partsOf);
}

const isShell = ({ type, lang }: Node): boolean => type === 'code' && SHELLS.includes(lang ?? '');

/** For each part what the sections say that it is in; the innermost counts. */
function marksOf(parts: readonly Node[]): readonly (string | undefined)[] {
  const sections: { readonly depth: number; readonly needs: string | undefined }[] = [];
  return parts.map((part) => {
    if (part.type === 'heading') {
      const depth = part.depth ?? 1;
      while ((sections.at(-1)?.depth ?? 0) >= depth) sections.pop();
      sections.push({ depth, needs: sections.at(-1)?.needs });
    }
    const [only, ...others] = part.children ?? [];
    if (part.type === 'paragraph' && only?.type === 'emphasis' && others.length === 0) {
      const { depth = 0, needs } = sections.pop() ?? {};
      sections.push({ depth, needs: needOf(textOf(only)) ?? needs });
    }
    return sections.at(-1)?.needs;
  });
}

interface Found {
  /** Lines below the part's first one. */
  readonly line: number;
  readonly text: string;
  readonly needs: string | undefined;
}

function commandsOf(part: Node): readonly Found[] {
  if (part.type === 'code') {
    return linesOf(part.value ?? '').filter(({ text }) => isShell(part) || PROGRAM.test(text));
  }
  const inside = within(part);
  const codes = inside.filter((node) => node.type === 'inlineCode' && PROGRAM.test(textOf(node)));
  return codes.map((code, index) => ({
    line: code.position.start.line - part.position.start.line,
    text: textOf(code).replaceAll(/\s+/g, ' '),
    needs: inside
      .slice(
        inside.indexOf(code),
        index + 1 < codes.length ? inside.indexOf(codes[index + 1] ?? code) : undefined,
      )
      .filter(({ type }) => type === 'emphasis')
      .map((emphasis) => needOf(textOf(emphasis)))
      .find((need) => need !== undefined),
  }));
}

/** The commands of a block: one a line, or several with `&&`. */
function linesOf(block: string): readonly Found[] {
  return block.split('\n').flatMap((whole, index) => {
    const [, line = '', comment = ''] = /^(.*?)(?:(?<=^|\s)#\s*(.*))?$/.exec(whole) ?? [];
    const needs = needOf(comment);
    return line
      .split(' && ')
      .map((text) => ({ line: index + 1, text: text.trim(), needs }))
      .filter(({ text }) => text !== '');
  });
}

/** What a text that begins with "needs" names, up to the end of its sentence. */
function needOf(text: string): string | undefined {
  return /^needs ([^.;:]+)/i.exec(text)?.[1];
}

function within(node: Node): readonly Node[] {
  return (node.children ?? []).flatMap((child) => [child, ...within(child)]);
}

function textOf(node: Node): string {
  return node.value ?? (node.children ?? []).map(textOf).join('');
}
