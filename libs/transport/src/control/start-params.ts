import { ConnectError, WireError } from '@connect/base';
import { COMMON_HASH, HASH_ALGORITHMS, HashAlgorithm } from '../proto/hash-algorithm';
import { MAX_PLAINTEXT_BYTES, MIN_PLAINTEXT_BYTES } from '../proto/connection';
import { OVERWRITE_RULES, ResumeLevel } from '../proto/overwrite-decision';
import { KEEP_RULES, KeepRules } from '../proto/kept-facts';
import { TransferSource } from '../proto/placement';
import {
    FilterRule,
    MAX_FILTER_LENGTH,
    MAX_FILTERS,
    MAX_PATTERN_LENGTH,
    SelectionRules
} from '../proto/source-selection';
import { RateSettings } from '../proto/rate-controller';
import { RemovalRules } from '../node/source-removal';
import { SymlinkPolicy } from '../node/transfer-types';
import {
    CONTROL_VERSION,
    DoneMessage,
    SessionCipher,
    SessionOptions,
    StartParams,
    TransferParams
} from './control-protocol';
import { MAX_RATE_BPS, POLICIES } from './rate-rules';

/** In order of preference: the larger key costs practically the same, so this is about what peers expect. */
export const CIPHERS: readonly SessionCipher[] = ['aes-128-gcm', 'aes-256-gcm'];
const RESUME_LEVELS: readonly ResumeLevel[] = ['none', 'attributes', 'sparse-checksum', 'full-checksum'];
const SYMLINK_POLICIES: readonly SymlinkPolicy[] = ['follow', 'copy', 'skip'];
const MAX_SOURCES = 1_000_000;
/** A Date reaches no further. */
const MAX_SECONDS = 8.64e12;

type Unknown = Readonly<Record<string, unknown>>;

/**
 * What a client asks for, checked field by field: nothing else of the message is used.
 * @throws ConnectError `transfer.protocol` for anything that is not a complete and sensible request.
 */
export function checkStartParams(value: unknown): StartParams {
    const params = object(value, 'start');
    return {
        ...checkTransferParams(value),
        cipher: oneOf(params['cipher'], CIPHERS, 'cipher'),
        hash: checkHash(params['hash']),
        maxPlaintextBytes: integer(
            params['maxPlaintextBytes'],
            MIN_PLAINTEXT_BYTES,
            MAX_PLAINTEXT_BYTES,
            'maxPlaintextBytes'
        )
    };
}

/** A hash that a peer names; one that names none means the common one. @throws ConnectError `transfer.protocol` */
export function checkHash(value: unknown): HashAlgorithm {
    return value === undefined ? COMMON_HASH : oneOf(value, HASH_ALGORITHMS, 'hash');
}

/** The same without what only datagrams need. @throws ConnectError `transfer.protocol` */
export function checkTransferParams(value: unknown): TransferParams {
    const params = object(value, 'start');
    if (params['protocol'] !== CONTROL_VERSION) {
        throw malformed(`version ${String(params['protocol'])} of the control protocol is not spoken here`);
    }
    const direction = oneOf(params['direction'], ['upload', 'download'] as const, 'direction');
    const sources = direction === 'download' ? checkSources(params['sources']) : undefined;
    return {
        protocol: CONTROL_VERSION,
        software: text(params['software'], 'software'),
        direction,
        ...(sources ? { sources } : { destination: path(params['destination'], 'destination') }),
        options: checkOptions(params['options']),
        ...(params['requested'] === true ? { requested: true } : {}),
        ...checkHashes(params['hashes']),
        rate: checkRate(params['rate'])
    };
}

/** @throws ConnectError `transfer.protocol`. */
export function checkDone(value: unknown): DoneMessage {
    const done = object(value, 'done');
    const count = (field: string): number => integer(done[field], 0, Number.MAX_SAFE_INTEGER, field);
    return {
        filesDone: count('filesDone'),
        filesFailed: count('filesFailed'),
        bytesDone: count('bytesDone'),
        ...(done['error'] === undefined ? {} : { error: checkError(done['error']) })
    };
}

function checkError(value: unknown): WireError {
    const error = object(value, 'error');
    const wire = { code: text(error['code'], 'code'), message: text(error['message'], 'message') };
    // a code that is not in the catalogue becomes one that is
    return ConnectError.fromWire(wire as WireError).toWire();
}

/** @throws ConnectError `transfer.protocol`. */
export function checkRate(value: unknown): RateSettings {
    const rate = object(value, 'rate');
    const targetBps = number(rate['targetBps'], 1, MAX_RATE_BPS, 'targetBps');
    return {
        targetBps,
        minBps: number(rate['minBps'], 1, targetBps, 'minBps'),
        policy: oneOf(rate['policy'], POLICIES, 'policy')
    };
}

function checkOptions(value: unknown): SessionOptions {
    const options = object(value, 'options');
    const { sourceBase: base, selection, removal, keep } = options;
    return {
        overwrite: oneOf(options['overwrite'], OVERWRITE_RULES, 'overwrite'),
        resume: oneOf(options['resume'], RESUME_LEVELS, 'resume'),
        symlinks: oneOf(options['symlinks'], SYMLINK_POLICIES, 'symlinks'),
        createDestination: options['createDestination'] === true,
        partialSuffix: suffix(options['partialSuffix'], 'partialSuffix'),
        resumeSuffix: suffix(options['resumeSuffix'], 'resumeSuffix'),
        ...(base === undefined ? {} : { sourceBase: path(base, 'sourceBase') }),
        ...(selection === undefined ? {} : { selection: checkSelection(selection) }),
        ...(removal === undefined ? {} : { removal: checkRemoval(removal) }),
        ...(keep === undefined ? {} : { keep: checkKeep(keep) })
    };
}

/** Those of a peer's list that are known here at all; a newer one may know more. */
function checkHashes(value: unknown): { readonly hashes?: readonly HashAlgorithm[] } {
    if (value === undefined) {
        return {};
    }
    if (!Array.isArray(value)) {
        throw malformed('hashes');
    }
    return { hashes: value.filter((name): name is HashAlgorithm => HASH_ALGORITHMS.includes(name)) };
}

function checkSelection(value: unknown): SelectionRules {
    const { filters, newestSeconds, oldestSeconds, skipSpecial } = object(value, 'selection');
    if (!Array.isArray(filters) || filters.length > MAX_FILTERS) {
        throw malformed('filters');
    }
    const rules = filters.map(checkFilter);
    if (rules.reduce((sum, { pattern }) => sum + pattern.length, 0) > MAX_FILTER_LENGTH) {
        throw malformed('length of all filters');
    }
    return {
        filters: rules,
        ...(newestSeconds === undefined ? {} : { newestSeconds: checkSeconds(newestSeconds) }),
        ...(oldestSeconds === undefined ? {} : { oldestSeconds: checkSeconds(oldestSeconds) }),
        skipSpecial: skipSpecial === true
    };
}

function checkFilter(value: unknown): FilterRule {
    const rule = object(value, 'filter');
    const pattern = text(rule['pattern'], 'pattern');
    if (pattern === '' || pattern.length > MAX_PATTERN_LENGTH || typeof rule['include'] !== 'boolean') {
        throw malformed('filter');
    }
    return { include: rule['include'], pattern };
}

function checkSeconds(value: unknown): number {
    return integer(value, -MAX_SECONDS, MAX_SECONDS, 'time of the selection');
}

function checkRemoval(value: unknown): RemovalRules {
    const rules = object(value, 'removal');
    const isSet = (field: keyof RemovalRules): boolean => rules[field] === true;
    return {
        files: isSet('files'),
        emptyFolders: isSet('emptyFolders'),
        sourceFolders: isSet('sourceFolders')
    };
}

function checkKeep(value: unknown): KeepRules {
    const rules = object(value, 'keep');
    return Object.fromEntries(KEEP_RULES.filter(rule => rules[rule] === true).map(rule => [rule, true]));
}

function checkSources(value: unknown): TransferSource[] {
    if (!Array.isArray(value) || value.length === 0 || value.length > MAX_SOURCES) {
        throw malformed('sources');
    }
    return value.map((item: unknown) => {
        const source = object(item, 'source');
        const target = source['target'];
        return {
            path: path(source['path'], 'path of a source'),
            ...(target === undefined ? {} : { target: text(target, 'target of a source') })
        };
    });
}

function suffix(value: unknown, what: string): string {
    const name = path(value, what);
    if (name.includes('/')) {
        throw malformed(what);
    }
    return name;
}

function path(value: unknown, what: string): string {
    const name = text(value, what);
    if (name === '' || name.includes('\0')) {
        throw malformed(what);
    }
    return name;
}

function text(value: unknown, what: string): string {
    if (typeof value !== 'string') {
        throw malformed(what);
    }
    return value;
}

function number(value: unknown, least: number, most: number, what: string): number {
    if (typeof value !== 'number' || !(value >= least && value <= most)) {
        throw malformed(what);
    }
    return value;
}

function integer(value: unknown, least: number, most: number, what: string): number {
    const count = number(value, least, most, what);
    if (!Number.isInteger(count)) {
        throw malformed(what);
    }
    return count;
}

function oneOf<T extends string>(value: unknown, allowed: readonly T[], what: string): T {
    const found = allowed.find(item => item === value);
    if (found === undefined) {
        throw malformed(what);
    }
    return found;
}

function object(value: unknown, what: string): Unknown {
    if (typeof value !== 'object' || value === null) {
        throw malformed(what);
    }
    return value as Unknown;
}

function malformed(what: string): ConnectError {
    return new ConnectError('transfer.protocol', `Control channel: ${what}`);
}
