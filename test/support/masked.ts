import { ROOT } from './synthesize';

/**
 * The same value without what says nothing of a template: hashes of assets, which change with every line of what is deployed on
 * servers and with the version of Node that bundles it, and the checkout's own path.
 */
export function masked<Value>(value: Value): Value {
  // eslint-disable-next-line @typescript-eslint/consistent-type-assertions -- only texts inside it are changed
  return JSON.parse(
    JSON.stringify(value)
      .replace(/[0-9a-f]{64}/g, '<hash>')
      .replaceAll(ROOT, '<checkout>'),
  ) as Value;
}
