/**
 * A transform of Jest's for packages that are large and keep nothing of one test for the next. Jest evaluates every module anew
 * for each test file; in place of these comes what Node's own `require` gives, outside of the test file's context: once a worker.
 */
const code = `
  const { runInThisContext } = require('node:vm');
  const { createRequire } = runInThisContext('process').getBuiltinModule('node:module');
  module.exports = createRequire(__filename)(__filename);
`;

module.exports = { process: () => ({ code }) };
