import type { Settings, StackAddress } from './settings';

/** A stack as CloudFormation describes it. */
interface StackState {
  /** CloudFormation's name, such as `UPDATE_COMPLETE`. */
  readonly status: string;
  readonly protected: boolean;
}

/** What the function reads and switches on. */
export interface ProtectionServices {
  /** `undefined` if the stack does not exist. */
  readonly stack: (address: StackAddress) => Promise<StackState | undefined>;
  readonly protectStack: (address: StackAddress) => Promise<void>;
  readonly isDatabaseProtected: (id: string) => Promise<boolean>;
  readonly protectDatabase: (id: string) => Promise<void>;
  readonly log: (fields: object, sentence: string) => void;
}

/** Deployed, without an operation that could be rolled back. */
const DEPLOYED = /^(?:CREATE|UPDATE|UPDATE_ROLLBACK|IMPORT|IMPORT_ROLLBACK)_COMPLETE$/;

/** Deployed, with an update that neither succeeded nor was rolled back: its new resources may still be deleted. */
const UPDATE_FAILED = /^UPDATE_(?:ROLLBACK_)?FAILED$/;

/**
 * Protects every stack that is deployed, and the databases of its own stack. A first deployment that is in progress or has failed stays
 * unprotected, so that it can be rolled back and repeated.
 *
 * @throws AggregateError with every failure, after all the rest is protected
 */
export async function protectStanding(
  { own, others, databases }: Settings,
  services: ProtectionServices,
): Promise<void> {
  const ownState = await services.stack(own);
  const isDeployed = ownState !== undefined && DEPLOYED.test(ownState.status);
  const attempts = await Promise.allSettled([
    protectStack(own, services, ownState),
    ...others.map(async (other) => protectStack(other, services, await services.stack(other))),
    ...(isDeployed ? databases : []).map((id) => protectDatabase(id, services)),
  ]);
  const errors = attempts.flatMap((attempt): unknown[] =>
    attempt.status === 'rejected' ? [attempt.reason] : [],
  );
  if (errors.length > 0) {
    throw new AggregateError(errors, `Not all could be protected: ${errors.map(String).join(' ')}`);
  }
}

async function protectStack(
  address: StackAddress,
  services: ProtectionServices,
  state: StackState | undefined,
): Promise<void> {
  if (
    state === undefined ||
    state.protected ||
    !(DEPLOYED.test(state.status) || UPDATE_FAILED.test(state.status))
  ) {
    return;
  }
  await services.protectStack(address);
  services.log({ ...address, status: state.status }, 'Termination protection is on');
}

async function protectDatabase(id: string, services: ProtectionServices): Promise<void> {
  if (await services.isDatabaseProtected(id)) {
    return;
  }
  await services.protectDatabase(id);
  services.log({ database: id }, 'Deletion protection is on');
}
