import { Fn, RemovalPolicy, Stack, Validations } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import { CfnReplicationGroup, CfnSubnetGroup, CfnUser, CfnUserGroup } from 'aws-cdk-lib/aws-elasticache';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { type ISecret, Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';
import type { Connection } from '../compute/connection';
import type { Protection } from '../protection';
import { allowReading } from './read-secret';

export interface CacheProps {
  readonly vpc: ec2.IVpc;
  /** One in each zone; never changed after birth, for the subnet group cannot be. */
  readonly subnets: readonly ec2.ISubnet[];
  /** The group that servers wear: none but they reach the cache. */
  readonly servers: ec2.ISecurityGroup;
  /** ElastiCache's name of the size, without `cache.`; changed in place, while it serves. */
  readonly nodeType: string;
  readonly key: IKey;
  readonly protection: Protection;
}

const PORT = 6379;
const USER = 'app';

/** The two nodes, as ElastiCache numbers them in a group without shards. */
const NODES = ['001', '002'] as const;

/**
 * Valkey on ElastiCache: a primary and a replica in two zones that takes its place by itself. It holds nothing that is
 * not in the database, so it is never kept. What ElastiCache cannot change in place is set as the highest rung needs it.
 */
export class Cache extends Construct {
  /** ElastiCache's names of the nodes, for what is measured of each. */
  readonly nodes: readonly string[];
  private readonly endpoint: string;
  private readonly secret: ISecret;
  private readonly key: IKey;

  constructor(scope: Construct, id: string, props: CacheProps) {
    super(scope, id);
    this.key = props.key;
    const securityGroup = new ec2.SecurityGroup(this, 'Group', {
      vpc: props.vpc,
      description: 'The cache: reached by servers alone',
      allowAllOutbound: false,
    });
    securityGroup.addIngressRule(props.servers, ec2.Port.tcp(PORT), 'Servers');
    this.secret = this.password(props);
    const group = new CfnReplicationGroup(this, 'Resource', {
      replicationGroupDescription: 'The cache in front of the database',
      engine: 'valkey',
      engineVersion: '8.1',
      autoMinorVersionUpgrade: true,
      cacheNodeType: `cache.${props.nodeType}`,
      numCacheClusters: NODES.length,
      automaticFailoverEnabled: true,
      multiAzEnabled: true,
      port: PORT,
      cacheSubnetGroupName: new CfnSubnetGroup(this, 'Subnets', {
        description: 'The data tier',
        subnetIds: props.subnets.map((subnet) => subnet.subnetId),
      }).ref,
      securityGroupIds: [securityGroup.securityGroupId],
      transitEncryptionEnabled: true,
      transitEncryptionMode: 'required',
      atRestEncryptionEnabled: true,
      kmsKeyId: props.key.keyArn,
      // From birth: between a user group and a token ElastiCache changes by replacing everything.
      userGroupIds: [this.users()],
      // A copy of a copy is worth nothing.
      snapshotRetentionLimit: 0,
    });
    group.applyRemovalPolicy(RemovalPolicy.DESTROY);
    this.nodes = NODES.map((node) => `${group.ref}-${node}`);
    this.endpoint = group.attrPrimaryEndPointAddress;
    Validations.of(group).acknowledge(
      {
        id: 'AwsSolutions-AEC5',
        reason:
          'The port is no secret: the security group admits servers alone, over TLS and with a password.',
      },
      {
        id: 'AwsSolutions-AEC6',
        reason:
          'Users sign in by a user group with a password each, which excludes the one token that this rule asks for.',
      },
    );
  }

  /** Servers are told where the cache is, and may read its password; the boot script puts it into the address. */
  get connection(): Connection {
    const { secret, key } = this;
    return {
      server: { CACHE_SECRET_ARN: secret.secretArn },
      application: { CACHE_URL: `rediss://${this.endpoint}:${PORT}` },
      grant: (servers) => {
        allowReading(secret, key, servers);
      },
    };
  }

  private password({ key, protection }: CacheProps): ISecret {
    // eslint-disable-next-line @typescript-eslint/consistent-type-assertions -- aws-cdk-lib is not written for exactOptionalPropertyTypes
    const secret = new Secret(this, 'Password', {
      description: 'User and password of the cache',
      encryptionKey: key,
      removalPolicy: protection.removalPolicy,
      generateSecretString: {
        secretStringTemplate: JSON.stringify({ username: USER }),
        generateStringKey: 'password',
        passwordLength: 32,
        // Letters and digits alone: it goes into an address.
        excludePunctuation: true,
      },
    }) as ISecret;
    Validations.of(secret).acknowledge({
      id: 'AwsSolutions-SMG4',
      reason:
        'Changed by hand, with two passwords valid meanwhile: servers read it only when they boot. See docs/runbook.md#change-the-caches-password.',
    });
    return secret;
  }

  /** The name of the group of users that may sign in: the application, and a default user that may do nothing. */
  private users(): string {
    // ElastiCache insists on names of ours; a part of the stack's id is like no other in the account, at any time.
    const unique = Fn.select(4, Fn.split('-', Fn.select(2, Fn.split('/', Stack.of(this).stackId))));
    const name = (what: string): string => `${what}-${unique}`;
    const user = (constructId: string, userName: string, accessString: string): CfnUser =>
      new CfnUser(this, constructId, {
        engine: 'valkey',
        userId: name(userName),
        userName,
        accessString,
        authenticationMode: {
          Type: 'password',
          Passwords: [this.secret.secretValueFromJson('password').unsafeUnwrap()],
        },
      });
    const users = [
      // INFO is what clients ask to know whether a node is ready.
      user('User', USER, 'on ~* &* +@all -@admin -@dangerous +info'),
      user('DefaultUser', 'default', 'off -@all'),
    ];
    const group = new CfnUserGroup(this, 'Users', {
      engine: 'valkey',
      userGroupId: name('servers'),
      userIds: users.map((one) => one.ref),
    });
    return group.ref;
  }
}
