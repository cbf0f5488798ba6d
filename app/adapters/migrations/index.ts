import { links } from './0001-links';
import { countedClicks } from './0002-counted-clicks';
import { deletions } from './0003-deletions';
import type { Migration } from './migration';

/** Every step of the schema, in order. They are modules, not files, so that the server's bundle holds them. */
export const MIGRATIONS: readonly Migration[] = [links, countedClicks, deletions];
