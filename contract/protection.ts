/** What infrastructure tells the function that protects what stands, in its environment. */
export type ProtectionSettingName =
  /** The stack that it belongs to. */
  | 'OWN_STACK'
  /** Other stacks to protect, each as `region/name`, comma-separated; any may be absent. */
  | 'OTHER_STACKS'
  /** RDS's identifiers of the databases in its own stack, comma-separated. */
  | 'DATABASES';

/** The function's settings, as infrastructure writes them into its environment; it needs all of them. */
export type ProtectionSettings = Readonly<Record<ProtectionSettingName, string>>;
