/**
 * A stand-in for an AWS account's control plane on 127.0.0.1, for the real command line of the CDK and for functions of
 * ours: CloudFormation (cloudformation.ts, engine.ts), STS, SSM parameters, S3 for assets, and the calls of RDS that
 * switch deletion protection. It speaks the services' own wire formats; who is asked and where is read from the
 * signature. A call that starts something answers when it has ended, so clients never poll twice.
 */
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { LOCAL_CREDENTIALS } from '../../local/parts/queue';
import { at, list } from '../support/cloud-assembly';
import { createCloudFormation } from './cloudformation';
import {
  type CustomAnswer,
  type CustomRequest,
  createEngine,
  type Engine,
  type Live,
  type Stack,
} from './engine';
import { attributeOf, refusal } from './resource-types';
import { type FullTemplate, isRecord, textOf } from './template';
import { type Answer, hear, type Heard, json, queried, Refusal, refused } from './wire';

const ACCOUNT = '123456789012';

/** What Lambda hands to a custom resource's function: `ResponseURL` takes the function's answer, as S3 does. */
export type CustomEvent = CustomRequest & { readonly ResponseURL: string };

/**
 * Stands for a custom resource's function. It answers by returning, by a PUT to `ResponseURL`, or, where it fails, by
 * throwing.
 */
type CustomHandler = (event: CustomEvent) => Promise<CustomAnswer | undefined> | CustomAnswer | undefined;

/** Stands for a function that a rule of EventBridge calls. */
export type RuleHandler = (called: {
  readonly environment: Readonly<Record<string, string>>;
  readonly region: string;
}) => Promise<void>;

interface AccountOptions {
  /** By type, such as `Custom::StepGuard`. @default - it succeeds, and CloudFormation makes up what it answers */
  readonly functions?: Readonly<Record<string, CustomHandler>>;
  /** By the function's description. @default - rules call nothing */
  readonly rules?: Readonly<Record<string, RuleHandler>>;
}

export interface Account extends Pick<Engine, 'faults' | 'journal' | 'lives'> {
  /** What leads AWS's clients and the CDK's command line here. */
  readonly environment: Readonly<Record<string, string>>;
  readonly stack: (region: string, name: string) => Stack | undefined;
  /** What `cdk deploy` does of one stack, without its command line. Answers with the stack's status. */
  readonly deploy: (
    region: string,
    name: string,
    template: FullTemplate,
    options?: DeployOptions,
  ) => Promise<string>;
  /** One call of CloudFormation's API. */
  readonly call: (
    region: string,
    action: string,
    fields: Readonly<Record<string, unknown>>,
  ) => Promise<unknown>;
  /** The time has come for every rule with a schedule. */
  readonly tick: () => Promise<void>;
  /** Everything that was asked, as `service.Action`, in order. */
  readonly asked: readonly string[];
  close(): Promise<void>;
}

interface DeployOptions {
  readonly importExisting?: boolean;
}

/** An account that was bootstrapped for the CDK in every region, and in which nothing has been deployed yet. */
export async function startAccount({ functions = {}, rules = {} }: AccountOptions = {}): Promise<Account> {
  const objects = new Map<string, Buffer>();
  const waiting = new Map<string, (answer: unknown) => void>();
  const asked: string[] = [];

  const ask = async (request: CustomRequest): Promise<CustomAnswer> => {
    const handler = functions[request.ResourceType] ?? DEFAULT_FUNCTIONS[request.ResourceType];
    if (handler === undefined) return {};
    const id = randomUUID();
    const put = new Promise<unknown>((resolve) => waiting.set(id, resolve));
    try {
      const returned = await handler({ ...request, ResponseURL: `${url}/response/${id}` });
      return returned ?? answered(await put);
    } finally {
      waiting.delete(id);
    }
  };
  const engine = createEngine({
    account: ACCOUNT,
    ask,
    parameter: parameterOf,
    heard: (stack) => tell(stack),
  });

  /** EventBridge: calls the functions of the rules that say so. */
  const deliver = async (says: (rule: Live) => boolean): Promise<void> => {
    for (const rule of engine.lives.filter((live) => live.type === 'AWS::Events::Rule' && says(live))) {
      const arns = list(rule.properties['Targets']).map((target) => at(target, 'Arn'));
      for (const { physicalId, properties, region, type } of [...engine.lives]) {
        if (arns.includes(attributeOf(type, physicalId, 'Arn', region, ACCOUNT))) {
          const variables = at(properties, 'Environment.Variables');
          const environment = Object.entries(isRecord(variables) ? variables : {});
          await rules[textOf(properties['Description'])]?.({
            environment: Object.fromEntries(environment.map(([key, value]) => [key, textOf(value)])),
            region,
          });
        }
      }
    }
  };
  const tell = ({ id, region, status }: Stack): Promise<void> =>
    deliver(
      (rule) =>
        rule.region === region &&
        matches(rule.properties['EventPattern'], {
          source: 'aws.cloudformation',
          'detail-type': 'CloudFormation Stack Status Change',
          detail: { 'stack-id': id, 'status-details': { status } },
        }),
    );
  const cloudFormation = createCloudFormation(engine, (address) => {
    // By its last part, a hash: the bucket's name may stand in the host or in the path.
    const key = address.slice(address.lastIndexOf('/'));
    const object = [...objects].find(([name]) => name.endsWith(key))?.[1];
    if (object === undefined) throw new Refusal('ValidationError', `S3 error: ${address} is not there`);
    return object.toString();
  });

  /** The CDK's `AwsCustomResource`: of its calls only those are made that ask CloudFormation something. */
  const awsCall: CustomHandler = async ({
    RequestType,
    ResourceProperties,
    LogicalResourceId,
    PhysicalResourceId,
  }) => {
    const call: unknown = JSON.parse(
      textOf(ResourceProperties[RequestType] ?? ResourceProperties['Update'] ?? '{}'),
    );
    const { service, action, region, parameters, physicalResourceId } = isRecord(call) ? call : {};
    const id = isRecord(physicalResourceId) ? physicalResourceId['id'] : undefined;
    const PhysicalId = textOf(id ?? PhysicalResourceId ?? LogicalResourceId);
    if (service !== 'CloudFormation' || RequestType === 'Delete') return { PhysicalResourceId: PhysicalId };
    const name = String(action);
    const result = await cloudFormation.call(
      String(region),
      `${name.charAt(0).toUpperCase()}${name.slice(1)}`,
      isRecord(parameters) ? parameters : {},
    );
    return { PhysicalResourceId: PhysicalId, Data: flat(result) };
  };
  /** The CDK's functions that fill and empty buckets. */
  const fill = (bucket: unknown, filled: boolean): CustomAnswer => {
    engine.lives
      .filter(({ physicalId, type }) => type === 'AWS::S3::Bucket' && physicalId === bucket)
      .forEach((live) => (live.filled = filled));
    return {};
  };
  const DEFAULT_FUNCTIONS: Readonly<Record<string, CustomHandler>> = {
    'Custom::AWS': awsCall,
    'Custom::CDKBucketDeployment': ({ RequestType, ResourceProperties }) =>
      fill(
        ResourceProperties['DestinationBucketName'],
        RequestType !== 'Delete' || textOf(ResourceProperties['RetainOnDelete']) !== 'false',
      ),
    'Custom::S3AutoDeleteObjects': ({ RequestType, ResourceProperties }) =>
      RequestType === 'Delete' ? fill(ResourceProperties['BucketName'], false) : {},
    'Custom::OfTheFirstDataCenter': awsCall,
  };

  const services: Readonly<Record<string, (heard: Heard) => Promise<Answer>>> = {
    cloudformation: async ({ region, action, fields }) =>
      queried(action, await cloudFormation.call(region, action, fields)),
    sts: ({ action }) => Promise.resolve(queried(action, STS[action])),
    ssm: ({ fields }) =>
      Promise.resolve(
        json({
          Parameter: { Name: fields['Name'], Type: 'String', Value: parameterOf(String(fields['Name'])) },
        }),
      ),
    s3: (heard) => Promise.resolve(s3(objects, heard)),
    rds: ({ region, action, fields }) =>
      Promise.resolve(queried(action, rds(engine, region, action, fields))),
  };

  const answer = async (heard: Heard): Promise<Answer> => {
    const [kind, id = ''] = heard.path.split('/');
    if (kind === 'response') {
      waiting.get(id)?.(JSON.parse(heard.body.toString()));
      return { status: 200, type: 'text/plain', body: '' };
    }
    asked.push(`${heard.service}.${heard.action}`);
    const service = services[heard.service];
    if (service === undefined) {
      throw new Refusal('UnknownService', `The stand-in for AWS knows no service ${heard.service}`);
    }
    return service(heard);
  };
  const server = createServer((request, response) => {
    void hear(request).then(async (heard) => {
      const given = await answer(heard).catch((error: unknown) =>
        refused(
          heard,
          error instanceof Refusal
            ? error
            : new Refusal(
                'InternalFailure',
                error instanceof Error ? String(error.stack) : String(error),
                400,
              ),
        ),
      );
      response.writeHead(given.status, { 'content-type': given.type, ...given.headers }).end(given.body);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const url = `http://127.0.0.1:${typeof address === 'object' ? (address?.port ?? '') : ''}`;

  const find = (region: string, name: string): Stack | undefined =>
    engine.stacks.findLast((stack) => stack.region === region && stack.name === name);

  return {
    environment: {
      ...LOCAL_CREDENTIALS,
      AWS_ENDPOINT_URL: url,
      AWS_REGION: 'us-east-1',
      AWS_EC2_METADATA_DISABLED: 'true',
    },
    lives: engine.lives,
    journal: engine.journal,
    faults: engine.faults,
    asked,
    stack: find,
    tick: () => deliver(({ properties }) => properties['ScheduleExpression'] !== undefined),
    call: cloudFormation.call,
    async deploy(region, name, template, { importExisting = false } = {}) {
      const call = (action: string, fields: Readonly<Record<string, unknown>> = {}): Promise<unknown> =>
        cloudFormation.call(region, action, { StackName: name, ChangeSetName: 'deploy', ...fields });
      const before = find(region, name);
      // As the command line does before it creates anew.
      if (before !== undefined && /^ROLLBACK_(COMPLETE|FAILED)$/.test(before.status))
        await call('DeleteStack');
      const now = find(region, name);
      if (now?.status === 'DELETE_FAILED') return now.status;
      const exists = now !== undefined && !/^(DELETE_COMPLETE|REVIEW_IN_PROGRESS)$/.test(now.status);
      await call('CreateChangeSet', {
        ChangeSetType: exists ? 'UPDATE' : 'CREATE',
        TemplateBody: JSON.stringify(template),
        ImportExistingResources: String(importExisting),
      });
      // It was not declared, so the command line takes it away (aws-cdk#8275).
      if (find(region, name)?.protected === true) {
        await call('UpdateTerminationProtection', { EnableTerminationProtection: 'false' });
      }
      const set = await call('DescribeChangeSet');
      if (at(set, 'Status') !== 'FAILED') await call('ExecuteChangeSet');
      return find(region, name)?.status ?? '';
    },
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

/** Whether an event fits a pattern of EventBridge's: lists of values, or of what they begin with. */
function matches(pattern: unknown, event: unknown): boolean {
  if (Array.isArray(pattern)) {
    return pattern.some((one) =>
      isRecord(one) ? textOf(event).startsWith(textOf(one['prefix'])) : one === event,
    );
  }
  return isRecord(pattern) && Object.entries(pattern).every(([key, inner]) => matches(inner, at(event, key)));
}

/** What a function put to `ResponseURL` ("Custom resource response objects"). */
function answered(put: unknown): CustomAnswer {
  const { Status, Reason, PhysicalResourceId, Data } = isRecord(put) ? put : {};
  if (Status !== 'SUCCESS')
    throw new Error(
      `Received response status [FAILED] from custom resource. Message returned: ${String(Reason)}`,
    );
  return { PhysicalResourceId: String(PhysicalResourceId), ...(isRecord(Data) ? { Data } : {}) };
}

/** `{ a: { b: 1 } }` → `{ 'a.b': 1 }`, as the CDK's custom resource answers. */
function flat(value: unknown, before = ''): Readonly<Record<string, unknown>> {
  return isRecord(value) && !(value instanceof Date)
    ? Object.fromEntries(
        Object.entries(value).flatMap(([key, inner]) =>
          Object.entries(flat(inner, before === '' ? key : `${before}.${key}`)),
        ),
      )
    : { [before]: value };
}

/** The CDK's own version of its bootstrap, and the newest images. */
function parameterOf(name: string): string {
  if (name.startsWith('/cdk-bootstrap/')) return '30';
  return name.includes('ami') ? 'ami-0123456789abcdef0' : `value of ${name}`;
}

const IDENTITY = { Account: ACCOUNT, Arn: `arn:aws:iam::${ACCOUNT}:user/test`, UserId: 'AIDATEST' };

const STS: Readonly<Record<string, unknown>> = {
  GetCallerIdentity: IDENTITY,
  AssumeRole: {
    Credentials: {
      AccessKeyId: LOCAL_CREDENTIALS.AWS_ACCESS_KEY_ID,
      SecretAccessKey: LOCAL_CREDENTIALS.AWS_SECRET_ACCESS_KEY,
      SessionToken: 'test',
      Expiration: '2099-01-01T00:00:00Z',
    },
    AssumedRoleUser: {
      AssumedRoleId: 'AROATEST:test',
      Arn: `arn:aws:sts::${ACCOUNT}:assumed-role/test/test`,
    },
  },
};

/**
 * The bucket of assets. Archives count as published by an earlier deployment, so only templates are sent; their size is given,
 * for the command line sends one of 22 bytes or fewer again, which is an empty one.
 */
function s3(objects: Map<string, Buffer>, { action, path, query, body }: Heard): Answer {
  const answer = (inner: string, headers: Readonly<Record<string, string>> = {}): Answer => ({
    status: 200,
    type: 'application/xml',
    body: inner,
    headers,
  });
  if (action === 'PUT') {
    objects.set(path, body);
    return answer('', { etag: '"1"' });
  }
  if (query.has('location')) return answer('<LocationConstraint></LocationConstraint>');
  if (query.has('encryption')) {
    return answer(
      '<ServerSideEncryptionConfiguration><Rule><ApplyServerSideEncryptionByDefault><SSEAlgorithm>AES256</SSEAlgorithm></ApplyServerSideEncryptionByDefault></Rule></ServerSideEncryptionConfiguration>',
    );
  }
  const prefix = query.get('prefix');
  if (prefix !== null) {
    const there = prefix.endsWith('.zip') || [...objects.keys()].some((key) => key.endsWith(prefix));
    return answer(
      `<ListBucketResult><KeyCount>${there ? 1 : 0}</KeyCount>${there ? `<Contents><Key>${prefix}</Key><Size>1000</Size></Contents>` : ''}</ListBucketResult>`,
    );
  }
  const object = objects.get(path);
  if (object === undefined) throw new Refusal('NoSuchKey', `No object ${path}`, 404);
  return { status: 200, type: 'application/octet-stream', body: object };
}

/** RDS as far as deletion protection goes. */
function rds(
  engine: Engine,
  region: string,
  action: string,
  fields: Readonly<Record<string, unknown>>,
): unknown {
  const id = String(fields['DBInstanceIdentifier']);
  const live = engine.lives.find(
    (one) => one.type === 'AWS::RDS::DBInstance' && one.region === region && one.physicalId === id,
  );
  if (live === undefined) throw new Refusal('DBInstanceNotFound', `DBInstance ${id} not found.`, 404);
  if (action === 'DeleteDBInstance') {
    const why = refusal(live.type, id, live.properties);
    if (why !== undefined) throw new Refusal('InvalidParameterCombination', why);
    engine.lives.splice(engine.lives.indexOf(live), 1);
  }
  if (action === 'ModifyDBInstance' && fields['DeletionProtection'] !== undefined) {
    live.properties = { ...live.properties, DeletionProtection: fields['DeletionProtection'] === 'true' };
  }
  const instance = {
    DBInstanceIdentifier: id,
    DBInstanceStatus: 'available',
    DeletionProtection: live.properties['DeletionProtection'] === true,
  };
  return action === 'DescribeDBInstances' ? { DBInstances: [instance] } : { DBInstance: instance };
}
