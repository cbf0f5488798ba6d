import * as v from 'valibot';
import { listOf, matching, readAll, type Variable } from '../../contract/environment';
import type { ProtectionSettingName } from '../../contract/protection';

/** A stack, by its name or its id (ARN). */
export interface StackAddress {
  readonly region: string;
  readonly stack: string;
}

/** The function’s settings, from its environment. */
export interface Settings {
  readonly own: StackAddress;
  readonly others: readonly StackAddress[];
  /** RDS’s identifiers of databases in the own stack. */
  readonly databases: readonly string[];
}

/** A list that may be empty, and must be there. */
function emptyOrListOf<Item extends v.GenericSchema<string, unknown>>(item: Item) {
  return v.union([
    v.pipe(
      v.literal(''),
      v.transform((): v.InferOutput<Item>[] => []),
    ),
    listOf(item),
  ]);
}

const ROWS = {
  OWN_STACK: {
    schema: v.pipe(
      matching(/^arn:aws[\w-]*:cloudformation:[\w-]+:\d{12}:stack\/.+$/),
      v.transform((stack): StackAddress => ({ region: stack.split(':')[3] ?? '', stack })),
    ),
    form: 'the id of a stack',
  },
  OTHER_STACKS: {
    schema: emptyOrListOf(
      v.pipe(
        matching(/^[a-z0-9-]+\/[A-Za-z0-9-]+$/),
        v.transform((address): StackAddress => {
          const [region = '', stack = ''] = address.split('/');
          return { region, stack };
        }),
      ),
    ),
    form: 'stacks as region/name, separated by commas',
  },
  DATABASES: {
    schema: emptyOrListOf(matching(/^[a-z][a-z0-9-]*$/)),
    form: 'RDS’s identifiers, separated by commas',
  },
} as const satisfies Readonly<Record<ProtectionSettingName, Variable>>;

/** Understands the environment. @throws Error listing every problem */
export function readSettings(environment: Readonly<Record<string, string | undefined>>): Settings {
  const read = readAll('The function', ROWS, environment);
  return { own: read.OWN_STACK, others: read.OTHER_STACKS, databases: read.DATABASES };
}
