/** Environment variables of the function that switches protection on. */
export type ProtectionSettingName =
  /** Id (ARN) of its own stack. */
  | 'OWN_STACK'
  /** Other stacks to protect, each as `region/name`, separated by commas; each may not exist yet. */
  | 'OTHER_STACKS'
  /** RDS’s identifiers of the databases in its own stack, separated by commas. */
  | 'DATABASES';

/** All variables are required. */
export type ProtectionSettings = Readonly<Record<ProtectionSettingName, string>>;
