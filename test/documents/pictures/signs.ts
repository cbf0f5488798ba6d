/** A sign for each kind of card, of plain lines in a square of 24: AWS's own icons may not be recolored. */
import type { Kind } from './facts';

/** What a sign's color says. */
export type Family = 'outside' | 'edge' | 'compute' | 'data' | 'async';

export const SIGNS: Readonly<Record<Kind, { readonly family: Family; readonly path: string }>> = {
  users: { family: 'outside', path: 'M12 11a4 4 0 1 0 0-8a4 4 0 1 0 0 8M4 21c0-5 4-7 8-7s8 2 8 7' },
  cdn: {
    family: 'edge',
    path: 'M12 3a9 9 0 1 0 0 18a9 9 0 1 0 0-18M3 12h18M12 3c-5 5-5 13 0 18M12 3c5 5 5 13 0 18',
  },
  names: { family: 'edge', path: 'M12 2v20M12 4h7l2 2.5l-2 2.500h-7M12 11h-7l-2 2.500l2 2.500h7' },
  'static-files': { family: 'data', path: 'M6 2h8l5 5v15h-13zM14 2v5h5M9 12h7M9 16h7' },
  'load-balancer': {
    family: 'edge',
    path: 'M12 3v5M12 8c0 5-7 3-7 9M12 8c0 5 7 3 7 9M12 8v9M5 17a2 2 0 1 0 0 4a2 2 0 1 0 0-4M12 17a2 2 0 1 0 0 4a2 2 0 1 0 0-4M19 17a2 2 0 1 0 0 4a2 2 0 1 0 0-4',
  },
  servers: {
    family: 'compute',
    path: 'M3 4h18v7h-18zM3 13h18v7h-18zM7 7.500h1M7 16.500h1M12 7.500h5M12 16.500h5',
  },
  volume: {
    family: 'data',
    path: 'M4 3h16v18h-16zM12 6a4.500 4.500 0 1 0 0 9a4.500 4.500 0 1 0 0-9M12 10.500h0.010M7 18.500h3',
  },
  cache: { family: 'data', path: 'M13 2l-8 12h6l-1 8l9-13h-7z' },
  database: {
    family: 'data',
    path: 'M4 6c0-4 16-4 16 0v12c0 4-16 4-16 0zM4 6c0 4 16 4 16 0M4 12c0 4 16 4 16 0',
  },
  replicas: {
    family: 'data',
    path: 'M2 9c0-3 13-3 13 0v10c0 3-13 3-13 0zM2 9c0 3 13 3 13 0M8 5c1-3 14-3 14 0v10c0 1-2 2-4 2.300M8.500 5.300c2 2 13.500 2 13.500-.3',
  },
  queue: {
    family: 'async',
    path: 'M2 6h4v12h-4zM8.500 6h4v12h-4zM15 12h7M19 8.500l3.500 3.500l-3.500 3.500',
  },
  // A broker is a queue, too, with servers of its own.
  broker: {
    family: 'async',
    path: 'M2 6h4v12h-4zM8.500 6h4v12h-4zM15 12h7M19 8.500l3.500 3.500l-3.500 3.500',
  },
  worker: { family: 'async', path: 'M5 3h4l8 18h3M11.500 9l-6.500 12' },
};
