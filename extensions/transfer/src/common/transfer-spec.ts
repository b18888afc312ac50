import type { RatePolicy } from '@connect/api';
import { ConnectError } from '@connect/base';
import type { CommandAddress } from './command-address';
import type { ExistingRule, JobRate } from './transfer-protocol';

/** What a transfer spec asks for. */
export interface TransferSpec {
    readonly sources: readonly CommandAddress[];
    readonly target: CommandAddress;
    readonly rate: JobRate;
    readonly existing?: ExistingRule;
    /** By option of the account type; in memory only. */
    readonly secrets: Readonly<Record<string, string>>;
    readonly udpPort?: number;
}

type Fields = Readonly<Record<string, unknown>>;

const POLICIES: readonly RatePolicy[] = ['fixed', 'high', 'fair', 'low'];
/** Both spellings: `overwrite_policy` of pages, `overwrite` of the Node API. */
const OVERWRITE: Readonly<Record<string, ExistingRule>> = {
    none: 'skip',
    never: 'skip',
    always: 'overwrite',
    diff: 'if-different',
    resume: 'resume',
    older: 'if-newer',
    'diff+older': 'if-newer'
};

/**
 * Reads a transfer spec of version 1 (direction, remote_host, remote_user, ssh_port, fasp_port, paths, source_root,
 * destination_root, target_rate_kbps, min_rate_kbps, rate_policy, overwrite, remote_password, token, ssh_private_key);
 * fields that only describe are ignored.
 * @throws ConnectError `usage` with the field that is wrong, or with what is asked for and cannot be done
 */
export function parseTransferSpec(text: string): TransferSpec {
    const fields = parseObject(text);
    const direction = required(fields, 'direction');
    if (direction !== 'send' && direction !== 'receive') {
        throw wrong('direction', 'is send or receive');
    }
    const place = (path: string, isRemote: boolean): CommandAddress =>
        isRemote ? { kind: 'server', server: serverOf(fields), path } : { kind: 'local', path };
    const root = textOf(fields, 'source_root') ?? '';
    const sources = sourcesOf(fields).map(source => place(below(root, source), direction === 'receive'));
    const destination = textOf(fields, 'destination_root') ?? (direction === 'send' ? '/' : '.');
    return {
        sources,
        target: place(destination, direction === 'send'),
        rate: rateOf(fields),
        existing: existingOf(fields),
        secrets: secretsOf(fields),
        udpPort: portOf(fields, 'fasp_port')
    };
}

function parseObject(text: string): Fields {
    let value: unknown;
    try {
        value = JSON.parse(text);
    } catch (error) {
        throw new ConnectError(
            'usage',
            `The transfer spec is no JSON: ${(error as Error).message}`,
            {},
            error
        );
    }
    // as pages wrap it
    const inner = (value as { transfer_spec?: unknown } | null)?.transfer_spec ?? value;
    if (typeof inner !== 'object' || inner === null || Array.isArray(inner)) {
        throw new ConnectError('usage', 'A transfer spec is a JSON object');
    }
    return inner as Fields;
}

function serverOf(fields: Fields): { host: string; user?: string; sshPort?: number } {
    return {
        host: required(fields, 'remote_host'),
        user: textOf(fields, 'remote_user'),
        sshPort: portOf(fields, 'ssh_port')
    };
}

function sourcesOf(fields: Fields): string[] {
    const { paths } = fields;
    if (!Array.isArray(paths) || paths.length === 0) {
        throw wrong('paths', 'is a list of at least one source');
    }
    return paths.map((entry: unknown) => {
        const { source, destination } = (entry ?? {}) as Fields;
        if (typeof source !== 'string' || source === '') {
            throw wrong('paths', 'has an entry without a source');
        }
        if (typeof destination === 'string' && destination !== '') {
            throw wrong('paths', 'gives files other names at the target, which is not possible here');
        }
        return source;
    });
}

function rateOf(fields: Fields): JobRate {
    const target = kilobits(fields, 'target_rate_kbps');
    const min = kilobits(fields, 'min_rate_kbps');
    const name = textOf(fields, 'rate_policy');
    const policy = POLICIES.find(each => each === name);
    if (name !== undefined && policy === undefined) {
        throw wrong('rate_policy', `is one of ${POLICIES.join(', ')}`);
    }
    return {
        ...(target === undefined ? {} : { targetBps: target }),
        ...(min === undefined ? {} : { minBps: min }),
        ...(policy === undefined ? {} : { policy })
    };
}

function existingOf(fields: Fields): ExistingRule | undefined {
    const name = textOf(fields, 'overwrite_policy') ?? textOf(fields, 'overwrite');
    if (name === undefined) {
        return undefined;
    }
    if (!Object.hasOwn(OVERWRITE, name)) {
        throw wrong('overwrite', `is one of ${Object.keys(OVERWRITE).join(', ')}`);
    }
    return OVERWRITE[name];
}

function secretsOf(fields: Fields): Record<string, string> {
    const pairs = [
        ['password', textOf(fields, 'remote_password')],
        ['token', textOf(fields, 'token')],
        ['privateKey', textOf(fields, 'ssh_private_key')],
        ['passphrase', textOf(fields, 'ssh_private_key_passphrase')]
    ] as const;
    return Object.fromEntries(
        pairs.filter((pair): pair is [(typeof pair)[0], string] => pair[1] !== undefined)
    );
}

function portOf(fields: Fields, key: string): number | undefined {
    const value = fields[key];
    if (value === undefined) {
        return undefined;
    }
    if (!Number.isInteger(value) || (value as number) < 1 || (value as number) > 65_535) {
        throw wrong(key, 'is a number from 1 to 65535');
    }
    return value as number;
}

function kilobits(fields: Fields, key: string): number | undefined {
    const value = fields[key];
    if (value === undefined) {
        return undefined;
    }
    if (typeof value !== 'number' || !(value >= 0)) {
        throw wrong(key, 'is a number of kilobits per second');
    }
    return value * 1000;
}

function below(root: string, path: string): string {
    return root === '' || path.startsWith('/') ? path : `${root.replace(/\/+$/, '')}/${path}`;
}

function required(fields: Fields, key: string): string {
    const value = textOf(fields, key);
    if (value === undefined) {
        throw wrong(key, 'is missing');
    }
    return value;
}

function textOf(fields: Fields, key: string): string | undefined {
    const value = fields[key];
    if (value !== undefined && typeof value !== 'string') {
        throw wrong(key, 'is a text');
    }
    return value === '' ? undefined : value;
}

function wrong(key: string, problem: string): ConnectError {
    return new ConnectError('usage', `Transfer spec: ${key} ${problem}`, { key });
}
