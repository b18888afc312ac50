import { isAbsolute, resolve } from 'node:path';
import { decodePathBytes, parseRateBps } from '@connect/base';
import { CommanderError } from 'commander';
import { SessionCipher, SessionOptions } from '../control/control-protocol';
import { OverwriteRule, ResumeLevel } from '../proto/overwrite-decision';
import { HashAlgorithm } from '../proto/hash-algorithm';
import { TransferSource } from '../proto/placement';
import { RatePolicy, RateSettings } from '../proto/rate-controller';
import { SymlinkPolicy } from '../node/transfer-types';
import { FallbackOptions } from '../http/fallback-session';
import { SocksAddress } from '../node/socks-proxy';
import { fallbackOptions, socksProxyOption } from './fallback-options';
import { ManifestFormat, ManifestOptions } from './file-manifest';
import { buildCommand, RawOptions } from './option-table';
import { keepRules, removalRules, selectionRules } from './selection-options';
import { HostPath, parseHostPath } from './host-path';
import { HostAddress, MultiCommand, multiCommand, parseAddresses } from './multi-command';
import { integer, usage } from './usage';

/** A transfer as the command line describes it. Local paths are absolute. */
export interface TransferCommand {
    readonly kind: 'transfer';
    readonly direction: 'upload' | 'download';
    readonly host: string;
    readonly user: string;
    readonly sshPort: number;
    /** The nodes of the server, at least one; sessions take them in turn. */
    readonly addresses: readonly HostAddress[];
    readonly multi?: MultiCommand;
    readonly udpPort?: number;
    readonly identityFile?: string;
    readonly fingerprint?: string;
    readonly acceptNewHostKey: boolean;
    readonly sources: readonly TransferSource[];
    readonly destination: string;
    readonly options: SessionOptions;
    readonly rate: RateSettings;
    readonly cipher: SessionCipher;
    /** By default the fastest that both ends know. */
    readonly hash?: HashAlgorithm;
    readonly datagramBytes?: number;
    readonly managementPort?: number;
    readonly tags?: string;
    /** For the log file. */
    readonly userString?: string;
    readonly manifest?: ManifestOptions;
    readonly quiet: boolean;
    readonly logDirectory?: string;
    readonly retryTimeoutMs: number;
    readonly connectTimeoutMs: number;
    readonly udpTimeoutMs: number;
    readonly fallback: FallbackOptions;
    readonly socksProxy?: SocksAddress;
}

export type CommandLine =
    | TransferCommand
    | { readonly kind: 'server' }
    | { readonly kind: 'version' }
    | { readonly kind: 'manual' }
    | { readonly kind: 'help'; readonly text: string };

/** What the meaning of a command line depends on beside itself. */
export interface CommandContext {
    readonly folder: string;
    readonly localUser: string;
    /** Seconds since 1970. */
    readonly nowSeconds: number;
    readFile(path: string): Buffer;
}

const HAS_DRIVES = process.platform === 'win32';
const MIN_DATAGRAM_BYTES = 512;
const MAX_DATAGRAM_BYTES = 9000;
const RESUME_LEVELS: readonly ResumeLevel[] = ['none', 'attributes', 'sparse-checksum', 'full-checksum'];

/** @throws ConnectError `usage`, with a sentence that names the option. */
export function parseCommandLine(args: readonly string[], context: CommandContext): CommandLine {
    const command = buildCommand();
    try {
        command.parse([...args], { from: 'user' });
    } catch (error) {
        if (error instanceof CommanderError && error.code === 'commander.helpDisplayed') {
            return { kind: 'help', text: command.helpInformation() };
        }
        const text = error instanceof Error ? error.message : String(error);
        throw usage(text.replace(/^error: /, ''));
    }
    const raw = command.opts<RawOptions>();
    if (raw.version) {
        return { kind: 'version' };
    }
    if (raw.man) {
        return { kind: 'manual' };
    }
    return raw.server ? { kind: 'server' } : transfer(raw, command.args, context);
}

function transfer(raw: RawOptions, args: readonly string[], context: CommandContext): TransferCommand {
    if (raw.disableEncryption) {
        throw usage('-T is not possible: everything is encrypted, always. Leave it out.');
    }
    const { sources: listed, destination: target } = readPaths(raw, args, context);
    const place = findPlace(raw, listed, target);
    const direction = place.mode === 'send' ? 'upload' : 'download';
    const local = (path: string): string => absolute(path, context.folder);
    const isUpload = direction === 'upload';
    const addresses = parseAddresses(place.host);
    const multi = multiCommand(raw);
    const selection = selectionRules(raw, context.nowSeconds);
    const removal = removalRules(raw, multi !== undefined);
    const keep = keepRules(raw);
    return {
        kind: 'transfer',
        direction,
        host: addresses[0]!.host,
        user: place.user ?? context.localUser,
        sshPort: port('-P', raw.sshPort),
        addresses,
        ...(multi ? { multi } : {}),
        ...(raw.udpPort === undefined ? {} : { udpPort: port('-O', raw.udpPort) }),
        identityFile: raw.identity,
        fingerprint: raw.checkSshfp,
        acceptNewHostKey: raw.acceptNewHostKey ?? false,
        sources: place.sources.map(item => (isUpload ? { ...item, path: local(item.path) } : item)),
        destination: isUpload ? place.destination : local(place.destination),
        options: {
            ...sessionOptions(raw, isUpload ? local : path => path),
            ...(selection ? { selection } : {}),
            ...(removal ? { removal } : {}),
            ...(keep ? { keep } : {})
        },
        rate: rateSettings(raw),
        cipher: raw.cipher.startsWith('aes256') ? 'aes-256-gcm' : 'aes-128-gcm',
        ...fileChecksum(raw),
        ...(raw.datagram === undefined
            ? {}
            : { datagramBytes: integer('-Z', raw.datagram, MIN_DATAGRAM_BYTES, MAX_DATAGRAM_BYTES) }),
        ...(raw.management === undefined ? {} : { managementPort: port('-M', raw.management) }),
        ...tags(raw),
        ...(raw.userString === undefined ? {} : { userString: raw.userString }),
        ...(raw.fileManifest === 'none' ? {} : { manifest: manifest(raw, context.folder) }),
        quiet: raw.quiet ?? false,
        // as for ascp, a size of the file may follow
        logDirectory: raw.logDirectory?.replace(/(?<=.):\d+[kmg]?$/i, ''),
        retryTimeoutMs: seconds('--retry-timeout', raw.retryTimeout),
        connectTimeoutMs: seconds('--connect-timeout', raw.connectTimeout),
        udpTimeoutMs: seconds('--udp-timeout', raw.udpTimeout),
        fallback: fallbackOptions(raw),
        ...socksProxyOption(raw)
    };
}

interface Paths {
    readonly sources: readonly TransferSource[];
    readonly destination: string;
}

function readPaths(raw: RawOptions, args: readonly string[], context: CommandContext): Paths {
    const last = args[args.length - 1];
    if (last === undefined) {
        throw usage('Name at least one source, and the destination');
    }
    const destination = raw.dest64 ? base64('--dest64', last) : last;
    if (destination === '') {
        throw usage('The destination is empty');
    }
    const prefix = either('--source-prefix', raw.sourcePrefix, raw.sourcePrefix64) ?? '';
    const named = [...args.slice(0, -1).map(path => ({ path })), ...readLists(raw, context)];
    const sources = named.map(source => ({ ...source, path: prefixed(prefix, source.path) }));
    if (sources.length === 0) {
        throw usage('Name at least one source before the destination');
    }
    if (sources.some(source => source.path === '')) {
        throw usage('A source is empty');
    }
    return { sources, destination };
}

function readLists(raw: RawOptions, context: CommandContext): TransferSource[] {
    if (raw.fileList !== undefined && raw.filePairList !== undefined) {
        throw usage('--file-list and --file-pair-list exclude each other');
    }
    if (raw.fileList !== undefined) {
        return readLines('--file-list', raw.fileList, context).map(path => ({ path }));
    }
    if (raw.filePairList === undefined) {
        return [];
    }
    const lines = readLines('--file-pair-list', raw.filePairList, context);
    if (lines.length % 2 !== 0) {
        throw usage('--file-pair-list: the last source has no target');
    }
    return lines.flatMap((path, index) =>
        index % 2 === 0 ? [{ path, target: lines[index + 1]!.replace(/^\/+|\/+$/g, '') }] : []
    );
}

function readLines(option: string, path: string, context: CommandContext): string[] {
    try {
        const text = decodePathBytes(context.readFile(path));
        return text.split(/\r?\n/).filter(line => line !== '');
    } catch (error) {
        throw usage(`${option}: ${error instanceof Error ? error.message : String(error)}`);
    }
}

interface Place extends Paths {
    readonly mode: 'send' | 'recv';
    readonly host: string;
    readonly user?: string;
}

/** Host and direction, from the options or from paths of the form user@host:path. */
function findPlace(raw: RawOptions, sources: readonly TransferSource[], destination: string): Place {
    if (raw.host !== undefined) {
        if (raw.mode === undefined) {
            throw usage('--host needs --mode=send or --mode=recv');
        }
        return { mode: raw.mode as Place['mode'], host: raw.host, user: raw.user, sources, destination };
    }
    const target = parseHostPath(destination, HAS_DRIVES);
    const origins = sources.map(source => parseHostPath(source.path, HAS_DRIVES));
    const found = target ? [target] : origins.filter(item => item !== undefined);
    const mode = target ? 'send' : 'recv';
    const first = found[0];
    if (!first || (raw.mode !== undefined && raw.mode !== mode)) {
        throw usage('Name the server: --host, or a path of the form user@host:path');
    }
    if (target ? origins.some(item => item) : found.length < sources.length) {
        throw usage(
            'Files move between this machine and one server: either all sources are there, or the destination'
        );
    }
    if (found.some(item => item.host !== first.host || item.user !== first.user)) {
        throw usage('All sources must be on the same server, for the same user');
    }
    const remote = origins as readonly HostPath[];
    return {
        mode,
        host: first.host,
        user: raw.user ?? first.user,
        sources: target
            ? sources
            : sources.map((source, index) => ({ ...source, path: remote[index]!.path })),
        destination: target ? target.path : destination
    };
}

function sessionOptions(raw: RawOptions, senderPath: (path: string) => string): SessionOptions {
    const base = either('--src-base', raw.srcBase, raw.srcBase64);
    return {
        overwrite: raw.overwrite as OverwriteRule,
        resume: RESUME_LEVELS[Number(raw.resume)]!,
        symlinks: raw.symbolicLinks as SymlinkPolicy,
        createDestination: raw.createDirectory ?? false,
        partialSuffix: suffix('--partial-file-suffix', raw.partialFileSuffix),
        resumeSuffix: suffix('--resume-suffix', raw.resumeSuffix),
        ...(base === undefined ? {} : { sourceBase: senderPath(base) })
    };
}

/** `none` is what ascp calls a list without hashes; here they cost nothing, as they verify the transfer. */
function fileChecksum({ fileChecksum: name }: RawOptions): { readonly hash?: HashAlgorithm } {
    return name === undefined || name === 'none' ? {} : { hash: name === 'blake3' ? 'blake3' : 'sha256' };
}

function manifest(raw: RawOptions, folder: string): ManifestOptions {
    const option = '--file-manifest-inprogress-suffix';
    return {
        format: raw.fileManifest as ManifestFormat,
        folder: resolve(folder, raw.fileManifestPath ?? ''),
        inProgressSuffix: suffix(option, raw.fileManifestInprogressSuffix)
    };
}

function rateSettings(raw: RawOptions): RateSettings {
    const targetBps = parseRateBps(raw.targetRate);
    const minBps = parseRateBps(raw.minRate);
    if (targetBps <= 0) {
        throw usage('-l: the target rate must be more than 0');
    }
    if (minBps > targetBps) {
        throw usage('-m: the minimum rate is above the target rate');
    }
    return { targetBps, minBps: Math.max(1, minBps), policy: raw.policy as RatePolicy };
}

/** Absolute, '/'-separated, and still ending in a slash when it did: that means a folder. */
function absolute(path: string, folder: string): string {
    const whole = resolve(folder, path).replaceAll('\\', HAS_DRIVES ? '/' : '\\');
    return (HAS_DRIVES ? /[\\/]$/ : /\/$/).test(path) && !whole.endsWith('/') ? `${whole}/` : whole;
}

function prefixed(prefix: string, path: string): string {
    if (prefix === '' || isAbsolute(path)) {
        return prefix + path;
    }
    return prefix.endsWith('/') ? prefix + path : `${prefix}/${path}`;
}

function either(option: string, plain: string | undefined, coded: string | undefined): string | undefined {
    if (plain !== undefined && coded !== undefined) {
        throw usage(`${option} and ${option}64 exclude each other`);
    }
    return coded === undefined ? plain : base64(`${option}64`, coded);
}

function base64(option: string, text: string): string {
    const bytes = Buffer.from(text, 'base64');
    if (bytes.toString('base64').replace(/=+$/, '') !== text.trim().replace(/=+$/, '')) {
        throw usage(`${option}: this is not base64`);
    }
    return decodePathBytes(bytes);
}

function tags(raw: RawOptions): { readonly tags?: string } {
    const text = either('--tags', raw.tags, raw.tags64);
    if (text === undefined) {
        return {};
    }
    try {
        JSON.parse(text);
    } catch (error) {
        const option = raw.tags === undefined ? '--tags64' : '--tags';
        throw usage(`${option}: this is not JSON: ${error instanceof Error ? error.message : String(error)}`);
    }
    return { tags: text };
}

function suffix(option: string, value: string): string {
    if (value === '' || value.includes('/') || value.includes('\0')) {
        throw usage(`${option}: a suffix is not empty and holds no slash`);
    }
    return value;
}

function port(option: string, text: string): number {
    return integer(option, text, 1, 65535);
}

function seconds(option: string, text: string): number {
    return integer(option, text, 0, 86_400) * 1000;
}
