/** Where an answer ends: just enough of HTTP/1.1 to read those of servers that are ours. */

export interface Ended {
  readonly status: number;
  /** All of it, headers included. */
  readonly bytes: number;
  /** Whether the server takes another request on this connection. */
  readonly isKept: boolean;
}

const END_OF_HEAD = '\r\n\r\n';
const END_OF_LINE = '\r\n';
const WITHOUT_BODY: readonly number[] = [204, 304];

/** @param received all that has come on a connection since its last request @returns undefined while more is to come */
export function ended(received: Buffer): Ended | undefined {
  const endOfHead = received.indexOf(END_OF_HEAD);
  if (endOfHead < 0) {
    return undefined;
  }
  const head = received.toString('latin1', 0, endOfHead).toLowerCase();
  const status = Number(head.slice(9, 12));
  const bytes = endOf(received, endOfHead + END_OF_HEAD.length, status, head);
  return bytes === undefined || bytes > received.length
    ? undefined
    : { status, bytes, isKept: !head.includes('\r\nconnection: close') };
}

function endOf(received: Buffer, start: number, status: number, head: string): number | undefined {
  if (WITHOUT_BODY.includes(status)) {
    return start;
  }
  return head.includes('\r\ntransfer-encoding: chunked')
    ? endOfChunks(received, start)
    : start + Number(/\r\ncontent-length: (\d+)/.exec(head)?.[1] ?? 0);
}

function endOfChunks(received: Buffer, start: number): number | undefined {
  for (let at = start; ;) {
    const endOfLine = received.indexOf(END_OF_LINE, at);
    if (endOfLine < 0) {
      return undefined;
    }
    const size = Number.parseInt(received.toString('latin1', at, endOfLine), 16);
    at = endOfLine + END_OF_LINE.length + size + END_OF_LINE.length;
    if (size === 0) {
      return at;
    }
  }
}
