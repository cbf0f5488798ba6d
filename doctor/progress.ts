/** Says on standard error what is waited for, once it takes longer than one likes to look at nothing. */
import type { Watch } from './aws';

/** Until the first word, in ms. */
const SILENCE_MS = 2000;

/** Between two words: where they overwrite each other, and where each is a line of its own. */
const REPEAT_MS = { terminal: 500, lines: 5000 } as const;

/** How often it is looked whether there is something to say. */
const LOOK_MS = 250;

export interface Progress extends Watch {
  /** Wipes what it has written, and says nothing more. */
  end(): void;
}

export function showProgress(out: NodeJS.WriteStream): Progress {
  const started = Date.now();
  const waiting = new Set<{ readonly what: string }>();
  let next = started + SILENCE_MS;
  const timer = setInterval(() => {
    const now = Date.now();
    const [first] = waiting;
    if (first === undefined || now < next) return;
    next = now + (out.isTTY ? REPEAT_MS.terminal : REPEAT_MS.lines);
    const others = waiting.size > 1 ? ` and ${waiting.size - 1} more` : '';
    const line = `… ${Math.round((now - started) / 1000)} s: waiting for ${first.what}${others}`;
    out.write(out.isTTY ? `${WIPE}${line.slice(0, out.columns - 1)}` : `${line}\n`);
  }, LOOK_MS);
  return {
    began: (what) => {
      const one = { what };
      waiting.add(one);
      return () => waiting.delete(one);
    },
    end: () => {
      clearInterval(timer);
      if (out.isTTY) out.write(WIPE);
    },
  };
}

/** Back to the line's beginning, and everything on it gone. */
const WIPE = '\r\u001b[K';
