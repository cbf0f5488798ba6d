/** What `import.meta` says of the bundle, which is CommonJS: esbuild puts this where an application reads it. */
import { pathToFileURL } from 'node:url';

// Pure, so that what does not read it does not get it.
export const importMetaUrl = /* @__PURE__ */ (() => pathToFileURL(__filename).href)();
