/**
 * Flags of every Node process that serves requests. The young generation has its full size (16 MB a half, V8's own
 * maximum) from the start: V8 would begin with 1 MB and collect it hundreds of times a second under load, which costs an
 * eighth of the redirects a processor second. `npm run bench -- application`: 0.78 of a bare `node:http` server and 112 MB
 * when idle, against 0.69 and 96 MB with 4 MB, and 87 MB without the flag.
 */
export const NODE_FLAGS = ['--min-semi-space-size=16'] as const;
