// What the settings' table asks of files, in a browser: there are none, and the planner asks for none.

/** @param {string} _path */
export const existsSync = (_path) => false;

/**
 * @param {string} path
 * @returns {{ isFile(): boolean }}
 */
export const statSync = (path) => {
  throw new Error(`A browser has no file ${path}.`);
};
