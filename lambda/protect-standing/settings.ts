import { PROTECTION_SETTING_NAMES, type ProtectionSettingName } from '../../contract/protection';
import { readRequired, type Rule } from '../promote-replica/required';

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

const RULE_OF: Readonly<Record<ProtectionSettingName, Rule>> = {
  OWN_STACK: { form: 'the id of a stack', pattern: /^arn:aws[\w-]*:cloudformation:[\w-]+:\d{12}:stack\/.+$/ },
  OTHER_STACKS: {
    form: 'stacks as region/name, separated by commas',
    pattern: /^(?:[a-z0-9-]+\/[A-Za-z0-9-]+(?:,(?!$)|$))*$/,
  },
  DATABASES: {
    form: 'RDS’s identifiers, separated by commas',
    pattern: /^(?:[a-z][a-z0-9-]*(?:,(?!$)|$))*$/,
  },
};

/** Reads the environment. @throws Error listing every problem */
export function readSettings(environment: Readonly<Record<string, string | undefined>>): Settings {
  const value = readRequired(RULE_OF, PROTECTION_SETTING_NAMES, environment);
  const list = (name: ProtectionSettingName): readonly string[] =>
    value(name)
      .split(',')
      .filter((one) => one !== '');
  const own = value('OWN_STACK');
  return {
    own: { region: own.split(':')[3] ?? '', stack: own },
    others: list('OTHER_STACKS').map((one) => {
      const [region = '', stack = ''] = one.split('/');
      return { region, stack };
    }),
    databases: list('DATABASES'),
  };
}
