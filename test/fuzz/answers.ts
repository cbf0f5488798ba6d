/** One answer as it came over the wire. */
export interface Answer {
  readonly status: number;
  readonly headers: ReadonlyMap<string, string>;
  readonly body: string;
}

/**
 * Reads answers off what a connection sent, as Latin-1; what is left is an answer that is not whole, or none at all.
 */
export function readAnswers(text: string): { readonly answers: readonly Answer[]; readonly left: string } {
  const answers: Answer[] = [];
  let left = text;
  for (;;) {
    const answer = readAnswer(left);
    if (answer === undefined) {
      return { answers, left };
    }
    left = left.slice(answer.length);
    if (answer.status !== 100) {
      answers.push(answer);
    }
  }
}

function readAnswer(text: string): (Answer & { readonly length: number }) | undefined {
  const end = text.indexOf('\r\n\r\n');
  const [first = '', ...lines] = text.slice(0, Math.max(0, end)).split('\r\n');
  const status = Number(/^HTTP\/1\.1 (\d{3}) /.exec(first)?.[1]);
  if (end < 0 || Number.isNaN(status)) {
    return undefined;
  }
  const headers = new Map(
    lines.map((line) => {
      const colon = line.indexOf(':');
      return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
    }),
  );
  const length = end + 4 + Number(headers.get('content-length') ?? 0);
  return length > text.length ? undefined : { status, headers, body: text.slice(end + 4, length), length };
}
