import type { Settings, StackAddress } from './settings';

/** A stack as CloudFormation describes it. */
interface StackState {
  /** CloudFormation's name, such as `UPDATE_COMPLETE`. */
  readonly status: string;
  readonly protected: boolean;
}

/** What is looked at, and switched on. */
export interface Protected {
  /** `undefined` where there is no such stack. */
  readonly stack: (address: StackAddress) => Promise<StackState | undefined>;
  readonly protectStack: (address: StackAddress) => Promise<void>;
  readonly isDatabaseProtected: (id: string) => Promise<boolean>;
  readonly protectDatabase: (id: string) => Promise<void>;
  readonly log: (fields: object, sentence: string) => void;
}

/** It stands, and nothing is being done to it that a rollback would take back. */
const STANDS = /^(?:CREATE|UPDATE|UPDATE_ROLLBACK|IMPORT|IMPORT_ROLLBACK)_COMPLETE$/;

/** It stands, with a change that neither succeeded nor was taken back: what that has made may still have to go. */
const STUCK = /^UPDATE_(?:ROLLBACK_)?FAILED$/;

/**
 * Protects every stack that stands, and the databases of the own one. A first deployment that is under way, or has failed,
 * stays unprotected, so that it can be taken back and tried again.
 *
 * @throws AggregateError with whatever could not be protected, after all else has been
 */
export async function protectStanding(
  { own, others, databases }: Settings,
  services: Protected,
): Promise<void> {
  const ownState = await services.stack(own);
  const stands = ownState !== undefined && STANDS.test(ownState.status);
  const attempts = await Promise.allSettled([
    protectStack(own, services, ownState),
    ...others.map(async (other) => protectStack(other, services, await services.stack(other))),
    ...(stands ? databases : []).map((id) => protectDatabase(id, services)),
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
  services: Protected,
  state: StackState | undefined,
): Promise<void> {
  if (state === undefined || state.protected || !(STANDS.test(state.status) || STUCK.test(state.status))) {
    return;
  }
  await services.protectStack(address);
  services.log({ ...address, status: state.status }, 'Termination protection is on');
}

async function protectDatabase(id: string, services: Protected): Promise<void> {
  if (await services.isDatabaseProtected(id)) {
    return;
  }
  await services.protectDatabase(id);
  services.log({ database: id }, 'Deletion protection is on');
}
