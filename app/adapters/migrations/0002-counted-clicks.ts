import type { Migration } from './migration';

/**
 * Which clicks were counted. The id is of version 7, it begins with the click's time: new rows go to the
 * index's end, those to forget are at its beginning, and no other column or index is needed.
 */
export const countedClicks: Migration = {
  number: 2,
  name: 'counted-clicks',
  oldestCompatible: 1,
  script: 'CREATE TABLE counted_clicks (id uuid PRIMARY KEY)',
};
