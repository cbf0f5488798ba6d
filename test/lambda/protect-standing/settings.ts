import type { ProtectionSettings } from '../../../contract/protection';

/** The environment of a further data center's function. */
export const SETTINGS: ProtectionSettings = {
  OWN_STACK: 'arn:aws:cloudformation:eu-west-1:123456789012:stack/shop-eu-west-1-data/11111111',
  OTHER_STACKS: 'eu-west-1/shop-eu-west-1-app,us-east-1/shop-edge',
  DATABASES: 'db-1',
};
