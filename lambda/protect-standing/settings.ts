import {
  PROTECTION_SETTING_NAMES,
  type ProtectionSettingName,
  type ProtectionSettings,
} from '../../contract/protection';

/** A stack, by its name or its id. */
export interface StackAddress {
  readonly region: string;
  readonly stack: string;
}

/** What the environment says, understood. */
export interface Settings {
  readonly own: StackAddress;
  readonly others: readonly StackAddress[];
  /** In the own stack, by RDS's identifiers. */
  readonly databases: readonly string[];
}

/** What a setting must look like; completes "NAME must be …". */
const FORMS: Readonly<Record<ProtectionSettingName, { readonly form: string; readonly pattern: RegExp }>> = {
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

/** Understands the environment. Lambda adds names of its own. @throws Error listing every problem */
export function readSettings(environment: Readonly<Record<string, string | undefined>>): Settings {
  const read = (name: ProtectionSettingName): string | undefined => environment[name];
  const problems = PROTECTION_SETTING_NAMES.filter(
    (name) => !FORMS[name].pattern.test(read(name) ?? '?'),
  ).map((name) => `${name} must be ${FORMS[name].form}.`);
  if (problems.length > 0) {
    throw new Error(`The function's settings are not usable: ${problems.join(' ')}`);
  }
  const list = (name: keyof ProtectionSettings): readonly string[] =>
    (read(name) ?? '').split(',').filter((one) => one !== '');
  const own = read('OWN_STACK') ?? '';
  return {
    own: { region: own.split(':')[3] ?? '', stack: own },
    others: list('OTHER_STACKS').map((one) => {
      const [region = '', stack = ''] = one.split('/');
      return { region, stack };
    }),
    databases: list('DATABASES'),
  };
}
