import type { Migration } from './migration';

/**
 * Servers ask twice a second which links were deleted lately. Only deleted rows are in it, so no other write touches it.
 * Making it reads the table once (a million links in some tenths of a second), and writes wait for that.
 */
export const deletions: Migration = {
  number: 3,
  name: 'deletions',
  oldestCompatible: 1,
  script: 'CREATE INDEX links_deleted_at ON links (deleted_at) WHERE deleted_at IS NOT NULL',
};
