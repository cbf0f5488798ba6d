/**
 * CloudFormation's engine, as far as its documents describe it (User Guide: "Stack update behaviors", "Stack failure
 * options", "DeletionPolicy", "UpdateReplacePolicy", "Custom resources"; API reference of each call):
 *
 * - A creation or an update makes and changes what the template has, in the order of its references and `DependsOn`. Only
 *   after all of that has succeeded, what was replaced or is no longer in the template goes (…CLEANUP_IN_PROGRESS).
 * - After a failure a creation deletes what it made, last first; an update puts back what it changed, custom resources
 *   too, and then deletes what it made.
 * - `Retain` keeps; `RetainExceptOnCreate` keeps, except what the operation that is rolled back has made itself.
 * - What cannot be deleted leaves ROLLBACK_FAILED or DELETE_FAILED; in a cleanup it is left behind without a word.
 * - Names of one's own are taken or free, in a region or (IAM, CloudFront, S3) everywhere.
 *
 * It does one thing at a time, where AWS does at once whatever is ready, and nothing takes any time.
 */
import { isDeepStrictEqual } from 'node:util';
import type { Resource } from '../support/cloud-assembly';
import {
  attributeOf,
  holderOf,
  isGlobal,
  isReplaced,
  nameOf,
  physicalIdOf,
  policyOf,
  refusal,
} from './resource-types';
import { type FullTemplate, holds, inOrder, isCustom, isRecord, resolve, type Scope } from './template';

type Properties = Readonly<Record<string, unknown>>;

/** Something that is there, in a stack or left behind by one. */
export interface Live {
  readonly type: string;
  readonly region: string;
  physicalId: string;
  /** What it is as the service knows it: calls other than CloudFormation's change it too. */
  properties: Properties;
  /** What a custom resource's function answered. */
  data: Properties;
  /** Where it belongs; undefined once it is left behind. */
  owner: { readonly stackId: string; readonly logicalId: string } | undefined;
  /** Whether there is something in it, so that S3 does not delete it. */
  filled: boolean;
}

/** One line of what was done, with AWS's own names for how it ended. */
interface Done {
  readonly region: string;
  readonly stack: string;
  readonly stackId: string;
  readonly logicalId: string;
  readonly type: string;
  readonly physicalId: string;
  readonly status: string;
  readonly reason: string | undefined;
  readonly time: Date;
  readonly eventId: string;
}

/** One resource as its stack knows it. */
interface Member {
  readonly resource: Resource;
  /** What the template asked for when it was last made or changed. */
  readonly properties: Properties;
  readonly live: Live;
}

interface Output {
  readonly key: string;
  readonly value: string;
  readonly exportName: string | undefined;
}

export interface Stack {
  readonly id: string;
  readonly name: string;
  readonly region: string;
  status: string;
  reason: string | undefined;
  protected: boolean;
  template: FullTemplate;
  parameters: Readonly<Record<string, string>>;
  tags: Readonly<Record<string, string>>;
  members: Map<string, Member>;
  outputs: readonly Output[];
  /** What is to be undone of an operation that failed and was not rolled back. */
  undone: Undo | undefined;
}

/** What an operation has done so far, and what there was before it. */
interface Undo {
  readonly kind: 'creation' | 'update';
  readonly before: Pick<Stack, 'template' | 'parameters' | 'outputs'> & {
    readonly members: Map<string, Member>;
  };
  readonly made: { readonly logicalId: string; readonly member: Member }[];
  readonly changed: { readonly logicalId: string; readonly was: Member; readonly asked: Properties }[];
  /** Replaced, and to be removed once all has succeeded. */
  readonly replaced: { readonly logicalId: string; readonly member: Member }[];
}

/** What CloudFormation asks of a custom resource's function ("Custom resource request objects"). */
export interface CustomRequest {
  readonly RequestType: 'Create' | 'Update' | 'Delete';
  readonly ResourceType: string;
  readonly StackId: string;
  readonly RequestId: string;
  readonly LogicalResourceId: string;
  readonly PhysicalResourceId?: string;
  readonly ResourceProperties: Properties;
  readonly OldResourceProperties?: Properties;
  readonly ServiceToken: string;
}

export interface CustomAnswer {
  readonly PhysicalResourceId?: string;
  readonly Data?: Properties;
}

/** What the engine needs besides templates. */
interface Services {
  readonly account: string;
  /** Has a custom resource's function do its work; what it throws is why it failed. */
  readonly ask: (request: CustomRequest) => Promise<CustomAnswer>;
  /** An SSM parameter's value. */
  readonly parameter: (name: string) => string;
  /** Hears that a stack has another status, as EventBridge does. */
  readonly heard: (stack: Stack) => Promise<void>;
}

/** A failure to come: CloudFormation cannot do this to that resource. */
interface Fault {
  readonly logicalId: string | RegExp;
  readonly on: 'CREATE' | 'UPDATE' | 'DELETE';
  readonly reason?: string;
}

interface Options {
  /** What fails is left as it is (`--no-rollback`). */
  readonly disableRollback?: boolean;
  /** What has that name and belongs to no stack is taken in (`--import-existing-resources`). */
  readonly importExisting?: boolean;
  /** Kept although their policy is another. */
  readonly retain?: readonly string[];
  /** What cannot be deleted is left behind. */
  readonly force?: boolean;
}

export interface Engine {
  readonly stacks: Stack[];
  readonly lives: Live[];
  readonly journal: Done[];
  readonly faults: Fault[];
  readonly open: (region: string, name: string) => Stack;
  readonly run: (
    stack: Stack,
    template: FullTemplate,
    parameters: Readonly<Record<string, string>>,
    options?: Options,
  ) => Promise<void>;
  readonly rollBack: (stack: Stack, skip?: readonly string[]) => Promise<void>;
  readonly remove: (stack: Stack, options?: Options) => Promise<void>;
}

/** An account in which nothing has been deployed yet. */
export function createEngine(services: Services): Engine {
  const stacks: Stack[] = [];
  const lives: Live[] = [];
  const journal: Done[] = [];
  const faults: Fault[] = [];
  let count = 0;
  const unique = (): string => {
    count += 1;
    return `A${String(count).padStart(8, '0')}`;
  };

  function open(region: string, name: string): Stack {
    count += 1;
    const stack: Stack = {
      id: `arn:aws:cloudformation:${region}:${services.account}:stack/${name}/11111111-2222-3333-4444-${String(count).padStart(12, '0')}`,
      name,
      region,
      status: 'REVIEW_IN_PROGRESS',
      reason: undefined,
      protected: false,
      template: { Resources: {} },
      parameters: {},
      tags: {},
      members: new Map(),
      outputs: [],
      undone: undefined,
    };
    stacks.push(stack);
    return stack;
  }

  function write(
    stack: Stack,
    logicalId: string,
    one: Pick<Live, 'type' | 'physicalId'>,
    status: string,
    reason?: string,
  ): void {
    journal.push({
      region: stack.region,
      stack: stack.name,
      stackId: stack.id,
      logicalId,
      type: one.type,
      physicalId: one.physicalId,
      status,
      reason,
      time: new Date(),
      eventId: `event-${journal.length}`,
    });
  }

  async function enter(stack: Stack, status: string, reason?: string): Promise<void> {
    stack.status = status;
    stack.reason = reason;
    write(stack, stack.name, { type: 'AWS::CloudFormation::Stack', physicalId: stack.id }, status, reason);
    await services.heard(stack);
  }

  function scopeOf(
    stack: Stack,
    template: FullTemplate,
    parameters: Readonly<Record<string, string>>,
  ): Scope {
    const { region } = stack;
    const own: Record<string, unknown> = {
      'AWS::AccountId': services.account,
      'AWS::NotificationARNs': [],
      'AWS::Partition': 'aws',
      'AWS::Region': region,
      'AWS::StackId': stack.id,
      'AWS::StackName': stack.name,
      'AWS::URLSuffix': 'amazonaws.com',
    };
    Object.entries(template.Parameters ?? {}).forEach(([name, declared]) => {
      const { Type, Default } = isRecord(declared) ? declared : {};
      const given = parameters[name] ?? Default;
      own[name] = String(Type).startsWith('AWS::SSM::Parameter::Value')
        ? services.parameter(String(given))
        : given;
    });
    const member = (logicalId: string): Member => {
      const found = stack.members.get(logicalId);
      if (found === undefined) throw new Error(`Unresolved resource dependencies [${logicalId}]`);
      return found;
    };
    return {
      template,
      parameters: own,
      ref: (logicalId) => member(logicalId).live.physicalId,
      attribute: (logicalId, name) => {
        const { live } = member(logicalId);
        return (
          live.data[name] ?? attributeOf(live.type, live.physicalId, name, live.region, services.account)
        );
      },
      output: (name, key, where = region) => {
        const other = find(where, name);
        const value = other?.outputs.find((output) => output.key === key)?.value;
        if (value === undefined) {
          throw new Error(`Output ${key} of stack ${name} in ${where} does not exist`);
        }
        return value;
      },
      exported: (name) => {
        const value = stacks
          .filter((other) => other.region === region)
          .flatMap(({ outputs }) => outputs)
          .find(({ exportName }) => exportName === name)?.value;
        if (value === undefined) throw new Error(`No export named ${name} found.`);
        return value;
      },
      dynamic: (reference) => `(${reference})`,
    };
  }

  function find(region: string, name: string): Stack | undefined {
    return stacks.find(
      (stack) =>
        stack.region === region &&
        (stack.name === name || stack.id === name) &&
        stack.status !== 'DELETE_COMPLETE',
    );
  }

  function failAsTold(logicalId: string, on: Fault['on']): void {
    const fault = faults.find(
      (one) =>
        one.on === on &&
        (typeof one.logicalId === 'string' ? one.logicalId === logicalId : one.logicalId.test(logicalId)),
    );
    if (fault !== undefined) throw new Error(fault.reason ?? `${on} of ${logicalId} was made to fail`);
  }

  function request(
    stack: Stack,
    logicalId: string,
    type: string,
    rest: Pick<CustomRequest, 'RequestType' | 'ResourceProperties'> & Partial<CustomRequest>,
  ): Promise<CustomAnswer> {
    count += 1;
    return services.ask({
      ResourceType: type,
      StackId: stack.id,
      RequestId: `request-${count}`,
      LogicalResourceId: logicalId,
      ServiceToken: String(rest.ResourceProperties['ServiceToken']),
      ...rest,
    });
  }

  async function make(
    stack: Stack,
    logicalId: string,
    resource: Resource,
    properties: Properties,
    undo: Undo,
    options: Options,
  ): Promise<void> {
    const type = resource.Type;
    const hope = { type, physicalId: '' };
    write(stack, logicalId, hope, 'CREATE_IN_PROGRESS');
    const owner = { stackId: stack.id, logicalId };
    try {
      failAsTold(logicalId, 'CREATE');
      const name = nameOf(type, properties);
      const place = {
        account: services.account,
        region: stack.region,
        stack: stack.name,
        logicalId,
        unique: unique(),
      };
      const physicalId = physicalIdOf(type, properties, place);
      const there =
        name === undefined
          ? undefined
          : lives.find(
              (one) =>
                one.type === type &&
                one.physicalId === physicalId &&
                (isGlobal(type) || one.region === stack.region),
            );
      if (
        there !== undefined &&
        options.importExisting === true &&
        there.owner === undefined &&
        resource.DeletionPolicy !== undefined
      ) {
        there.owner = owner;
        there.properties = properties;
        const member = { resource, properties, live: there };
        stack.members.set(logicalId, member);
        write(stack, logicalId, there, 'IMPORT_COMPLETE');
        return;
      }
      if (there !== undefined) {
        throw new Error(`Resource of type '${type}' with identifier '${name ?? ''}' already exists.`);
      }
      const live: Live = {
        type,
        region: stack.region,
        physicalId,
        properties,
        data: {},
        owner,
        filled: false,
      };
      const member = { resource, properties, live };
      // Also a custom resource that fails is told to delete what it may have made.
      undo.made.push({ logicalId, member });
      if (isCustom(type)) {
        const answer = await request(stack, logicalId, type, {
          RequestType: 'Create',
          ResourceProperties: properties,
        });
        live.physicalId = answer.PhysicalResourceId ?? physicalId;
        live.data = answer.Data ?? {};
      }
      lives.push(live);
      stack.members.set(logicalId, member);
      write(stack, logicalId, live, 'CREATE_COMPLETE');
    } catch (error) {
      write(stack, logicalId, hope, 'CREATE_FAILED', reasonOf(error));
      throw new Failure(logicalId, error);
    }
  }

  /** Changes in place; a custom resource whose function answers with another id has been replaced. */
  async function change(
    stack: Stack,
    logicalId: string,
    next: Pick<Member, 'resource' | 'properties'>,
    was: Member,
    undo: Undo | undefined,
  ): Promise<void> {
    const { live } = was;
    const { resource, properties } = next;
    write(stack, logicalId, live, 'UPDATE_IN_PROGRESS');
    undo?.changed.push({ logicalId, was, asked: properties });
    try {
      failAsTold(logicalId, 'UPDATE');
      if (isCustom(resource.Type)) {
        const { PhysicalResourceId = live.physicalId, Data = live.data } = await request(
          stack,
          logicalId,
          resource.Type,
          {
            RequestType: 'Update',
            PhysicalResourceId: live.physicalId,
            ResourceProperties: properties,
            OldResourceProperties: was.properties,
          },
        );
        if (undo !== undefined && PhysicalResourceId !== live.physicalId) {
          const other: Live = { ...live, physicalId: PhysicalResourceId, properties, data: Data };
          const member = { ...next, live: other };
          lives.push(other);
          undo.changed.pop();
          undo.replaced.push({ logicalId, member: was });
          undo.made.push({ logicalId, member });
          stack.members.set(logicalId, member);
          write(stack, logicalId, other, 'UPDATE_COMPLETE');
          return;
        }
        live.data = Data;
      }
      live.properties = altered(live.properties, was.properties, properties);
      stack.members.set(logicalId, { ...next, live });
      write(stack, logicalId, live, 'UPDATE_COMPLETE');
    } catch (error) {
      write(stack, logicalId, live, 'UPDATE_FAILED', reasonOf(error));
      throw new Failure(logicalId, error);
    }
  }

  /** Deletes or keeps, as the policy says. */
  async function drop(
    stack: Stack,
    logicalId: string,
    { resource, properties, live }: Member,
    policy: string,
  ): Promise<void> {
    if (policy === 'Retain' || policy === 'RetainExceptOnCreate') {
      live.owner = undefined;
      write(stack, logicalId, live, 'DELETE_SKIPPED');
      return;
    }
    write(stack, logicalId, live, 'DELETE_IN_PROGRESS');
    try {
      failAsTold(logicalId, 'DELETE');
      const refused =
        refusal(live.type, live.physicalId, live.properties) ??
        (live.filled ? 'The bucket you tried to delete is not empty' : undefined);
      const holder = holderOf(live, lives);
      if (refused !== undefined) throw new Error(refused);
      if (holder !== undefined) {
        throw new Error(`${live.physicalId} has dependencies and cannot be deleted: ${holder.physicalId}`);
      }
      if (isCustom(live.type)) {
        await request(stack, logicalId, live.type, {
          RequestType: 'Delete',
          PhysicalResourceId: live.physicalId,
          ResourceProperties: properties,
        });
      }
      if (policy === 'Snapshot') {
        lives.push({
          ...live,
          type: `${resource.Type}.Snapshot`,
          physicalId: `snapshot-of-${live.physicalId}`,
          owner: undefined,
          properties: {},
        });
      }
      const index = lives.indexOf(live);
      if (index >= 0) lives.splice(index, 1);
      write(stack, logicalId, live, 'DELETE_COMPLETE');
    } catch (error) {
      write(stack, logicalId, live, 'DELETE_FAILED', reasonOf(error));
      throw new Failure(logicalId, error);
    }
  }

  async function run(
    stack: Stack,
    template: FullTemplate,
    parameters: Readonly<Record<string, string>>,
    options: Options = {},
  ): Promise<void> {
    const kind = stack.status === 'REVIEW_IN_PROGRESS' ? 'creation' : 'update';
    const undo: Undo = {
      kind,
      before: {
        template: stack.template,
        parameters: stack.parameters,
        outputs: stack.outputs,
        members: new Map(stack.members),
      },
      made: [],
      changed: [],
      replaced: [],
    };
    await enter(stack, kind === 'creation' ? 'CREATE_IN_PROGRESS' : 'UPDATE_IN_PROGRESS');
    const scope = scopeOf(stack, template, parameters);
    const wanted = inOrder(template).filter((id) => {
      const condition = resourceOf(template, id).Condition;
      return condition === undefined || holds(condition, scope);
    });
    try {
      for (const logicalId of wanted)
        await bring(stack, logicalId, resourceOf(template, logicalId), scope, undo, options);
      stack.outputs = outputsOf(template, scope);
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      stack.undone = undo;
      const reason = `The following resource(s) failed to ${kind === 'creation' ? 'create' : 'update'}: [${error.logicalId}].`;
      if (options.disableRollback === true) {
        await enter(stack, kind === 'creation' ? 'CREATE_FAILED' : 'UPDATE_FAILED', reason);
      } else {
        await rollBack(stack, [], reason);
      }
      return;
    }
    stack.template = template;
    stack.parameters = parameters;
    const removed = [...undo.before.members].filter(([id]) => !wanted.includes(id));
    if (kind === 'creation') {
      await enter(stack, 'CREATE_COMPLETE');
      return;
    }
    await enter(stack, 'UPDATE_COMPLETE_CLEANUP_IN_PROGRESS');
    removed.forEach(([id]) => stack.members.delete(id));
    const going = [
      ...removed.map(([logicalId, member]) => ({
        logicalId,
        member,
        policy: member.resource.DeletionPolicy,
      })),
      ...undo.replaced.map(({ logicalId, member }) => ({
        logicalId,
        member,
        policy: member.resource.UpdateReplacePolicy,
      })),
    ];
    for (const { logicalId, member, policy } of lastFirst(going)) {
      await dropOrLeave(stack, logicalId, member, policy);
    }
    await enter(stack, 'UPDATE_COMPLETE');
  }

  /** In a cleanup whatever cannot go is left behind. */
  async function dropOrLeave(
    stack: Stack,
    logicalId: string,
    member: Member,
    policy: string | undefined,
  ): Promise<void> {
    try {
      await drop(stack, logicalId, member, policyOf(member.live.type, policy));
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      member.live.owner = undefined;
    }
  }

  async function bring(
    stack: Stack,
    logicalId: string,
    resource: Resource,
    scope: Scope,
    undo: Undo,
    options: Options,
  ): Promise<void> {
    const was = stack.members.get(logicalId);
    let properties: Properties;
    try {
      const resolved = resolve(resource.Properties ?? {}, scope);
      properties = isRecord(resolved) ? resolved : {};
    } catch (error) {
      write(
        stack,
        logicalId,
        { type: resource.Type, physicalId: '' },
        was ? 'UPDATE_FAILED' : 'CREATE_FAILED',
        reasonOf(error),
      );
      throw new Failure(logicalId, error);
    }
    if (was === undefined) {
      await make(stack, logicalId, resource, properties, undo, options);
    } else if (isDeepStrictEqual(was.properties, properties)) {
      stack.members.set(logicalId, { ...was, resource });
    } else if (!isCustom(resource.Type) && isReplaced(resource.Type, was.properties, properties)) {
      await make(stack, logicalId, resource, properties, undo, options);
      undo.replaced.push({ logicalId, member: was });
    } else {
      await change(stack, logicalId, { resource, properties }, was, undo);
    }
  }

  function outputsOf(template: FullTemplate, scope: Scope): readonly Output[] {
    return Object.entries(template.Outputs ?? {})
      .filter(([, { Condition }]) => Condition === undefined || holds(Condition, scope))
      .map(([key, output]) => ({
        key,
        value: String(resolve(output.Value, scope)),
        exportName: output.Export === undefined ? undefined : String(resolve(output.Export.Name, scope)),
      }));
  }

  async function rollBack(stack: Stack, skip: readonly string[] = [], reason?: string): Promise<void> {
    const { undone: undo } = stack;
    if (undo === undefined) throw new Error(`There is nothing to roll back of ${stack.name}.`);
    await (undo.kind === 'creation'
      ? rollBackCreation(stack, undo, reason)
      : rollBackUpdate(stack, undo, skip, reason));
  }

  async function rollBackCreation(stack: Stack, undo: Undo, reason: string | undefined): Promise<void> {
    await enter(stack, 'ROLLBACK_IN_PROGRESS', reason);
    const failed = await dropAll(stack, [...undo.made].reverse(), createdNow);
    stack.undone = undefined;
    await enter(
      stack,
      failed.length === 0 ? 'ROLLBACK_COMPLETE' : 'ROLLBACK_FAILED',
      failed.length === 0 ? undefined : `The following resource(s) failed to delete: [${failed.join(', ')}].`,
    );
  }

  async function rollBackUpdate(
    stack: Stack,
    undo: Undo,
    skip: readonly string[],
    reason: string | undefined,
  ): Promise<void> {
    await enter(stack, 'UPDATE_ROLLBACK_IN_PROGRESS', reason);
    for (let last = undo.changed.at(-1); last !== undefined; last = undo.changed.at(-1)) {
      const { logicalId, was, asked } = last;
      if (!skip.includes(logicalId)) {
        try {
          // A change that failed may have been made in part: it is undone as well.
          await change(stack, logicalId, was, { ...was, properties: asked }, undefined);
        } catch (error) {
          if (!(error instanceof Failure)) throw error;
          const left = `The following resource(s) failed to update: [${logicalId}].`;
          await enter(stack, 'UPDATE_ROLLBACK_FAILED', left);
          return;
        }
      }
      undo.changed.pop();
    }
    await enter(stack, 'UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS');
    stack.members = new Map(undo.before.members);
    stack.outputs = undo.before.outputs;
    for (const { logicalId, member } of [...undo.made].reverse()) {
      await dropOrLeave(stack, logicalId, member, createdNow(member));
    }
    stack.undone = undefined;
    await enter(stack, 'UPDATE_ROLLBACK_COMPLETE');
  }

  async function dropAll(
    stack: Stack,
    going: readonly { readonly logicalId: string; readonly member: Member }[],
    policy: (member: Member, logicalId: string) => string,
    force = false,
  ): Promise<readonly string[]> {
    const failed: string[] = [];
    for (const { logicalId, member } of going) {
      try {
        await drop(stack, logicalId, member, policy(member, logicalId));
        stack.members.delete(logicalId);
      } catch (error) {
        if (!(error instanceof Failure)) throw error;
        failed.push(logicalId);
        if (force) {
          member.live.owner = undefined;
          stack.members.delete(logicalId);
        }
      }
    }
    return failed;
  }

  async function remove(stack: Stack, { retain = [], force = false }: Options = {}): Promise<void> {
    await enter(stack, 'DELETE_IN_PROGRESS');
    const going = lastFirst([...stack.members].map(([logicalId, member]) => ({ logicalId, member })));
    const failed = await dropAll(
      stack,
      going,
      (member, logicalId) =>
        retain.includes(logicalId) ? 'Retain' : policyOf(member.live.type, member.resource.DeletionPolicy),
      force,
    );
    if (failed.length > 0 && !force) {
      await enter(
        stack,
        'DELETE_FAILED',
        `The following resource(s) failed to delete: [${failed.join(', ')}]. `,
      );
      return;
    }
    stack.protected = false;
    await enter(stack, 'DELETE_COMPLETE');
  }

  return {
    stacks,
    lives,
    journal,
    faults,
    open,
    run,
    rollBack: (stack, skip) => rollBack(stack, skip),
    remove,
  };
}

/** The resource that CloudFormation stumbled over, and why. */
class Failure extends Error {
  constructor(
    readonly logicalId: string,
    cause: unknown,
  ) {
    super(reasonOf(cause), { cause });
  }
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function resourceOf(template: FullTemplate, logicalId: string): Resource {
  const found = template.Resources[logicalId];
  if (found === undefined) throw new Error(`No resource ${logicalId} in the template.`);
  return found;
}

/** What a rollback does with what the operation has made. */
function createdNow({ live, resource }: Member): string {
  const policy = policyOf(live.type, resource.DeletionPolicy);
  return policy === 'RetainExceptOnCreate' ? 'Delete' : policy;
}

/** What nothing needs any more goes first. */
function lastFirst<T extends { readonly logicalId: string; readonly member: Member }>(
  going: readonly T[],
): readonly T[] {
  const order = inOrder({
    Resources: Object.fromEntries(going.map(({ logicalId, member }) => [logicalId, member.resource])),
  });
  return [...going].sort((one, other) => order.indexOf(other.logicalId) - order.indexOf(one.logicalId));
}

/**
 * What a resource is after a change: all that the template says, and what it does not say as the service has it. What is no
 * longer in the template goes, but for what RDS's handler does not send then: a deletion protection stays as it is.
 */
function altered(live: Properties, before: Properties, after: Properties): Properties {
  const gone = Object.keys(before).filter((key) => !(key in after) && key !== 'DeletionProtection');
  return { ...Object.fromEntries(Object.entries(live).filter(([key]) => !gone.includes(key))), ...after };
}
