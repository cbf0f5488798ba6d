import { Fn, Stack } from 'aws-cdk-lib';
import type { Construct } from 'constructs';

/** A name for what AWS demands one of. A part of the stack’s id is in it, which is unique in the account, also over time. */
export function uniqueName(scope: Construct, what: string): string {
  return `${what}-${Fn.select(4, Fn.split('-', Fn.select(2, Fn.split('/', Stack.of(scope).stackId))))}`;
}
