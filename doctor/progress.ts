/** Says on standard error what is waited for, once it takes longer than one likes to look at nothing. */
import type { Watch } from './aws';

/** Until the first word, in ms. */
const SILENCE_MS = 2000;

/** Between two words where they cannot overwrite each other. */
const LINE_MS = 5000;

export interface Progress extends Watch {
  /** Wipes what it has written, and says nothing more. */
  end(): void;
}

export function showProgress(out: NodeJS.WriteStream, started = Date.now()): Progress {
  const waiting = new Set<{ readonly what: string }>();
  const say = (): void => {
    const [first] = waiting;
    if (first === undefined) return;
    const others = waiting.size > 1 ? ` and ${waiting.size - 1} more` : '';
    const line = `… ${Math.round((Date.now() - started) / 1000)} s: waiting for ${first.what}${others}`;
    out.write(out.isTTY ? `\r\u001b[K${line.slice(0, out.columns - 1)}` : `${line}\n`);
  };
  let timer = setTimeout(() => {
    say();
    timer = setInterval(say, out.isTTY ? 500 : LINE_MS);
  }, SILENCE_MS);
  return {
    began: (what) => {
      const one = { what };
      waiting.add(one);
      return () => waiting.delete(one);
    },
    end: () => {
      clearTimeout(timer);
      if (out.isTTY) out.write('\r\u001b[K');
    },
  };
}
