/** CloudFormation's API, as the CDK's command line and others call it (API reference, "Actions"). */
import { isDeepStrictEqual } from 'node:util';
import { list } from '../support/cloud-assembly';
import type { Engine, Stack } from './engine';
import { type FullTemplate, isRecord, textOf } from './template';
import { Refusal } from './wire';

type Fields = Readonly<Record<string, unknown>>;

interface ChangeSet {
  readonly id: string;
  readonly name: string;
  readonly stack: Stack;
  readonly template: FullTemplate;
  readonly parameters: Readonly<Record<string, string>>;
  readonly tags: Readonly<Record<string, string>>;
  readonly importExisting: boolean;
  readonly status: 'CREATE_COMPLETE' | 'FAILED';
  readonly reason: string | undefined;
  readonly created: Date;
}

interface CloudFormation {
  /** One call; what is refused is thrown. Calls that start something have ended it when they answer. */
  readonly call: (region: string, action: string, fields: Fields) => Promise<unknown>;
}

/** Stacks that may be deleted but not updated. */
const FINISHED: ReadonlySet<string> = new Set(['ROLLBACK_COMPLETE', 'ROLLBACK_FAILED', 'DELETE_FAILED']);

/** Stacks in the middle of something that was not rolled back, which only a rollback gets out. */
const BROKEN: ReadonlySet<string> = new Set(['UPDATE_ROLLBACK_FAILED']);

/** @param readObject what S3 holds under a URL, for templates that are too large for the call */
export function createCloudFormation(engine: Engine, readObject: (url: string) => string): CloudFormation {
  const changeSets: ChangeSet[] = [];
  let count = 0;

  const isGone = ({ status }: Stack): boolean => status === 'DELETE_COMPLETE';

  function find(region: string, nameOrId: string): Stack | undefined {
    // A deleted stack is still known by its id.
    return engine.stacks.find(
      (stack) =>
        stack.region === region && (stack.id === nameOrId || (stack.name === nameOrId && !isGone(stack))),
    );
  }

  function found(region: string, { StackName }: Fields): Stack {
    const stack = find(region, String(StackName));
    if (stack === undefined) {
      throw new Refusal('ValidationError', `Stack with id ${String(StackName)} does not exist`);
    }
    return stack;
  }

  function changeSetOf(region: string, { StackName, ChangeSetName }: Fields): ChangeSet {
    const asked = String(ChangeSetName);
    const set = changeSets.find(
      ({ id, name, stack }) =>
        stack.region === region &&
        (id === asked || (name === asked && [stack.id, stack.name].includes(String(StackName)))),
    );
    if (set === undefined) {
      throw new Refusal('ChangeSetNotFound', `ChangeSet [${asked}] does not exist`, 404);
    }
    return set;
  }

  function templateOf({ TemplateBody, TemplateURL }: Fields): FullTemplate {
    const text = TemplateBody === undefined ? readObject(String(TemplateURL)) : textOf(TemplateBody);
    // eslint-disable-next-line @typescript-eslint/consistent-type-assertions -- a template as CloudFormation takes it
    return JSON.parse(text) as FullTemplate;
  }

  function create(region: string, fields: Fields): unknown {
    const name = String(fields['StackName']);
    const existing = find(region, name);
    const creating = fields['ChangeSetType'] === 'CREATE';
    if (existing === undefined && !creating) {
      throw new Refusal('ValidationError', `Stack [${name}] does not exist`);
    }
    if (existing !== undefined && creating && existing.status !== 'REVIEW_IN_PROGRESS') {
      throw new Refusal(
        'ValidationError',
        `Stack [${name}] already exists and cannot be created again with the changeSet [${String(fields['ChangeSetName'])}].`,
      );
    }
    if (existing !== undefined) refuseUpdate(existing);
    const template = templateOf(fields);
    const stack = existing ?? engine.open(region, name);
    const parameters = valuesOf(fields['Parameters'], 'ParameterKey', 'ParameterValue', stack.parameters);
    const tags = valuesOf(fields['Tags'], 'Key', 'Value', {});
    refuseOtherTypes(stack, template);
    const same =
      stack.status !== 'REVIEW_IN_PROGRESS' &&
      stack.undone === undefined &&
      isDeepStrictEqual([stack.template, stack.parameters, stack.tags], [template, parameters, tags]);
    count += 1;
    const set: ChangeSet = {
      id: `arn:aws:cloudformation:${region}:${stack.id.split(':')[4] ?? ''}:changeSet/${String(fields['ChangeSetName'])}/${count}`,
      name: String(fields['ChangeSetName']),
      stack,
      template,
      parameters,
      tags,
      importExisting: fields['ImportExistingResources'] === 'true',
      status: same ? 'FAILED' : 'CREATE_COMPLETE',
      reason: same
        ? "The submitted information didn't contain changes. Submit different information to create a change set."
        : undefined,
      created: new Date(),
    };
    changeSets.push(set);
    return { Id: set.id, StackId: stack.id };
  }

  function discard(set: ChangeSet): void {
    const index = changeSets.indexOf(set);
    if (index >= 0) changeSets.splice(index, 1);
  }

  async function execute(region: string, fields: Fields): Promise<unknown> {
    const set = changeSetOf(region, fields);
    refuseUpdate(set.stack);
    if (set.status === 'FAILED') {
      throw new Refusal(
        'InvalidChangeSetStatus',
        `ChangeSet [${set.id}] cannot be executed in its current status of [FAILED]`,
      );
    }
    // Any other change set of the stack is out of date with it.
    changeSets.filter(({ stack }) => stack === set.stack).forEach(discard);
    set.stack.tags = set.tags;
    await engine.run(set.stack, set.template, set.parameters, {
      disableRollback: fields['DisableRollback'] === 'true',
      importExisting: set.importExisting,
    });
    return {};
  }

  function describeChangeSet(region: string, fields: Fields): unknown {
    const set = changeSetOf(region, fields);
    const { stack, template } = set;
    const before = stack.template.Resources;
    const after = template.Resources;
    const changes = [...new Set([...Object.keys(before), ...Object.keys(after)])].flatMap((id) => {
      const [was, is] = [before[id], after[id]];
      if (isDeepStrictEqual(was, is)) return [];
      return {
        Type: 'Resource',
        ResourceChange: {
          Action: was === undefined ? 'Add' : is === undefined ? 'Remove' : 'Modify',
          LogicalResourceId: id,
          ResourceType: (is ?? was)?.Type,
          PhysicalResourceId: stack.members.get(id)?.live.physicalId,
        },
      };
    });
    return {
      ChangeSetName: set.name,
      ChangeSetId: set.id,
      StackId: stack.id,
      StackName: stack.name,
      CreationTime: set.created,
      ExecutionStatus: set.status === 'FAILED' ? 'UNAVAILABLE' : 'AVAILABLE',
      Status: set.status,
      StatusReason: set.reason,
      Changes: set.status === 'FAILED' ? [] : changes,
    };
  }

  async function remove(region: string, fields: Fields): Promise<unknown> {
    const stack = find(region, String(fields['StackName']));
    if (stack === undefined || isGone(stack)) return {};
    if (stack.protected) {
      throw new Refusal(
        'ValidationError',
        `Stack [${stack.id}] cannot be deleted while TerminationProtection is enabled`,
      );
    }
    const retain = list(fields['RetainResources']).map(String);
    if (retain.length > 0 && stack.status !== 'DELETE_FAILED') {
      throw new Refusal(
        'ValidationError',
        `Invalid operation on stack [${stack.id}]. When you delete a stack, you can specify which resources to retain only when the stack is in the DELETE_FAILED state.`,
      );
    }
    const force = fields['DeletionMode'] === 'FORCE_DELETE_STACK';
    if (force && stack.status !== 'DELETE_FAILED') {
      throw new Refusal(
        'ValidationError',
        `Invalid operation on stack [${stack.id}]. FORCE_DELETE_STACK is only allowed in the DELETE_FAILED state.`,
      );
    }
    await engine.remove(stack, { retain, force });
    return {};
  }

  function protect(region: string, fields: Fields): unknown {
    const stack = found(region, fields);
    if (/^DELETE_(IN_PROGRESS|COMPLETE)$/.test(stack.status)) {
      throw new Refusal(
        'ValidationError',
        `Stack [${stack.id}] is in ${stack.status} state; its termination protection cannot be changed`,
      );
    }
    stack.protected = String(fields['EnableTerminationProtection']) === 'true';
    return { StackId: stack.id };
  }

  async function rollBack(region: string, fields: Fields): Promise<unknown> {
    const stack = found(region, fields);
    if (!/^(CREATE|UPDATE)_FAILED$/.test(stack.status)) {
      throw new Refusal(
        'ValidationError',
        `Stack ${stack.id} is in ${stack.status} state and can not be rolled back.`,
      );
    }
    await engine.rollBack(stack);
    return { StackId: stack.id };
  }

  async function continueRollback(region: string, fields: Fields): Promise<unknown> {
    const stack = found(region, fields);
    if (stack.status !== 'UPDATE_ROLLBACK_FAILED') {
      throw new Refusal(
        'ValidationError',
        `Stack: ${stack.id} is in ${stack.status} state and can not continue rollback.`,
      );
    }
    await engine.rollBack(stack, list(fields['ResourcesToSkip']).map(String));
    return {};
  }

  const stackEvents = (stack: Stack) =>
    engine.journal
      .filter(({ stackId }) => stackId === stack.id)
      .reverse()
      .map((done) => ({
        StackId: done.stackId,
        EventId: done.eventId,
        StackName: done.stack,
        LogicalResourceId: done.logicalId,
        PhysicalResourceId: done.physicalId,
        ResourceType: done.type,
        Timestamp: done.time,
        ResourceStatus: done.status,
        ResourceStatusReason: done.reason,
      }));

  const resourcesOf = (stack: Stack) =>
    [...stack.members].map(([logicalId, { live }]) => ({
      StackId: stack.id,
      StackName: stack.name,
      LogicalResourceId: logicalId,
      PhysicalResourceId: live.physicalId,
      ResourceType: live.type,
      Timestamp: new Date(),
      LastUpdatedTimestamp: new Date(),
      ResourceStatus:
        engine.journal.findLast((done) => done.stackId === stack.id && done.logicalId === logicalId)
          ?.status ?? 'CREATE_COMPLETE',
    }));

  const actions: Readonly<Record<string, (region: string, fields: Fields) => unknown>> = {
    CreateChangeSet: create,
    DescribeChangeSet: describeChangeSet,
    ListChangeSets: () => ({ Summaries: [] }),
    ExecuteChangeSet: execute,
    DeleteChangeSet: (region, fields) => {
      const set = changeSets.find(
        ({ id, name, stack }) =>
          [id, name].includes(String(fields['ChangeSetName'])) &&
          [stack.id, stack.name].includes(String(fields['StackName'])) &&
          stack.region === region,
      );
      if (set !== undefined) discard(set);
      return {};
    },
    DescribeStacks: (region, fields) => ({
      Stacks:
        fields['StackName'] === undefined
          ? engine.stacks.filter((stack) => stack.region === region && !isGone(stack)).map(described)
          : [described(found(region, fields))],
    }),
    ListStacks: (region) => ({
      StackSummaries: engine.stacks.filter((stack) => stack.region === region).map(described),
    }),
    DescribeStackEvents: (region, fields) => ({ StackEvents: stackEvents(found(region, fields)) }),
    DescribeEvents: () => ({ OperationEvents: [] }),
    DescribeStackResources: (region, fields) => ({
      StackResources: resourcesOf(found(region, fields)).filter(
        ({ LogicalResourceId }) =>
          fields['LogicalResourceId'] === undefined || fields['LogicalResourceId'] === LogicalResourceId,
      ),
    }),
    DescribeStackResource: (region, fields) => {
      const stack = found(region, fields);
      const detail = resourcesOf(stack).find(
        ({ LogicalResourceId }) => LogicalResourceId === fields['LogicalResourceId'],
      );
      if (detail === undefined) {
        throw new Refusal(
          'ValidationError',
          `Resource ${String(fields['LogicalResourceId'])} does not exist for stack ${stack.name}`,
        );
      }
      return { StackResourceDetail: detail };
    },
    ListStackResources: (region, fields) => ({ StackResourceSummaries: resourcesOf(found(region, fields)) }),
    ListExports: (region) => ({
      Exports: engine.stacks
        .filter((stack) => stack.region === region && !isGone(stack))
        .flatMap(({ id, outputs }) =>
          outputs.flatMap(({ exportName, value }) =>
            exportName === undefined ? [] : [{ ExportingStackId: id, Name: exportName, Value: value }],
          ),
        ),
    }),
    GetTemplate: (region, fields) => ({
      TemplateBody: JSON.stringify(found(region, fields).template),
      StagesAvailable: ['Original', 'Processed'],
    }),
    GetTemplateSummary: (region, fields) => {
      const template =
        fields['StackName'] === undefined ? templateOf(fields) : found(region, fields).template;
      return {
        ResourceTypes: [...new Set(Object.values(template.Resources).map(({ Type }) => Type))],
        Parameters: [],
      };
    },
    DeleteStack: remove,
    UpdateTerminationProtection: protect,
    RollbackStack: rollBack,
    ContinueUpdateRollback: continueRollback,
  };

  return {
    call: async (region, action, fields) => {
      const act = actions[action];
      if (act === undefined)
        throw new Refusal('InvalidAction', `CloudFormation's stand-in knows no ${action}`);
      return await act(region, fields);
    },
  };
}

function described(stack: Stack): unknown {
  const date = new Date();
  return {
    StackId: stack.id,
    StackName: stack.name,
    CreationTime: date,
    StackStatus: stack.status,
    StackStatusReason: stack.reason,
    EnableTerminationProtection: stack.protected,
    DisableRollback: false,
    NotificationARNs: [],
    Parameters: Object.entries(stack.parameters).map(([ParameterKey, ParameterValue]) => ({
      ParameterKey,
      ParameterValue,
    })),
    Outputs: stack.outputs.map(({ key, value, exportName }) => ({
      OutputKey: key,
      OutputValue: value,
      ExportName: exportName,
    })),
    Tags: Object.entries(stack.tags).map(([Key, Value]) => ({ Key, Value })),
  };
}

function refuseUpdate({ id, status }: Stack): void {
  if (FINISHED.has(status) || BROKEN.has(status)) {
    throw new Refusal('ValidationError', `Stack:${id} is in ${status} state and can not be updated.`);
  }
}

/** CloudFormation refuses to make another type of resource of one, before it touches anything. */
function refuseOtherTypes(stack: Stack, template: FullTemplate): void {
  const others = Object.entries(template.Resources)
    .filter(([id, { Type }]) => (stack.members.get(id)?.resource.Type ?? Type) !== Type)
    .map(([id]) => id);
  if (others.length > 0) {
    throw new Refusal(
      'ValidationError',
      `Update of resource type is not permitted. The new template modifies resource type of the following resources: [${others.join(', ')}]`,
    );
  }
}

/** `[{ Key, Value }]` as a record; `UsePreviousValue` takes what there is. */
function valuesOf(
  given: unknown,
  key: string,
  value: string,
  previous: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> {
  return Object.fromEntries(
    list(given)
      .filter(isRecord)
      .map((one) => {
        const name = String(one[key]);
        return [name, one['UsePreviousValue'] === 'true' ? (previous[name] ?? '') : String(one[value])];
      }),
  );
}
