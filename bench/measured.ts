/** The parts of docs/measured.md that a command printed: between `<!-- npm run … -->` and `<!-- end -->`. */

const PART = /<!-- (npm run [^\n]+) -->\n[\s\S]*?<!-- end -->/g;

/** The commands whose output a page shows, in its order. */
export function commandsIn(page: string): readonly string[] {
  return [...page.matchAll(PART)].map(([, command = '']) => command);
}

/** What a command printed, as the page shows it; empty where it shows none. */
export function outputOf(page: string, command: string): string {
  return [...page.matchAll(PART)].find(([, its]) => its === command)?.[0] ?? '';
}

/** The page with what a command prints in place of what stood there; its other parts stay. */
export function withOutput(page: string, command: string, output: string): string {
  return page.replace(PART, (part, its: string) =>
    its === command ? `<!-- ${command} -->\n\n${output.trim()}\n\n<!-- end -->` : part,
  );
}
