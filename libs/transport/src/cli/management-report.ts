import { ConnectError, ERROR_CATALOG, StageReport, WireError } from '@connect/base';
import { RateRules } from '../control/rate-rules';
import { RatePolicy, RateSettings } from '../proto/rate-controller';
import { ConnectionStats } from '../proto/types';
import { SessionInfo } from '../node/session-client';
import { FileProgress, TransferFile, TransferSummary } from '../node/transfer-types';
import { FrameFields } from './management-frames';
import { TransferCommand } from './options';
import { remainingMs } from './progress-line';

/** Numbers of one moment of a run. */
export interface RunFigures {
    readonly progress: FileProgress;
    readonly stats: ConnectionStats | undefined;
    /** How many move files now. */
    readonly sessions: number;
    /** Payload bits per second that arrive at the target, averaged over some seconds. */
    readonly rateBps: number;
    readonly elapsedMs: number;
}

/** A change of the rate that a RATE frame asks for; what it does not name stays. */
export interface RateOrder {
    readonly targetBps?: number;
    readonly minBps?: number;
    readonly policy?: RatePolicy;
}

const ADAPTIVE: Readonly<Record<RatePolicy, string>> = {
    fixed: 'Fixed',
    high: 'Adaptive',
    fair: 'Adaptive',
    low: 'Trickle'
};
const kbps = (bitsPerSec: number): string => String(Math.round(bitsPerSec / 1000));
const yesNo = (value: boolean): string => (value ? 'Yes' : 'No');

/** Payload bytes that crossed the network for the files of this run, as far as this end sees it. */
export function bytesOnNetwork(isUpload: boolean, stats: ConnectionStats | undefined): number {
    return (isUpload ? stats?.streamBytesSent : stats?.streamBytesReceived) ?? 0;
}

/** Packets on their way to the target: of an upload those that were sent, of a download those up to the newest that arrived. */
function packetsOnNetwork(
    isUpload: boolean,
    stats: ConnectionStats | undefined
): { readonly all: number; readonly lost: number } {
    if (!stats) {
        return { all: 0, lost: 0 };
    }
    return isUpload
        ? { all: stats.packetsSent, lost: stats.packetsLost }
        : { all: stats.packetsReceived + stats.packetsMissing, lost: stats.packetsMissing };
}

/** How the data travels, for people. */
export function pathInUse({ https, udpPort }: SessionInfo): string {
    if (!https) {
        return `UDP ${udpPort}`;
    }
    const proxy = https.proxy === undefined ? '' : ` through proxy ${https.proxy}`;
    return `HTTPS ${https.port}${proxy}`;
}

function pathFields({ https }: SessionInfo): FrameFields {
    const proxy: FrameFields = https?.proxy === undefined ? {} : { 'X-Proxy': https.proxy };
    return { 'X-Path': https ? 'HTTPS' : 'UDP', ...proxy };
}

/** The frames that tell a run; pure. Fields: docs/formats/management.md. */
export class ManagementReport {
    private sessionId = '';
    private rules: RateRules = {};

    constructor(private readonly command: TransferCommand) {}

    init(): FrameFields {
        const isUpload = this.command.direction === 'upload';
        return { Type: 'INIT', Direction: isUpload ? 'Send' : 'Receive', Operation: 'Transfer' };
    }

    session(info: SessionInfo): FrameFields {
        const { command } = this;
        this.sessionId = info.sessionId;
        this.rules = info.rules;
        return {
            Type: 'SESSION',
            SessionId: info.sessionId,
            User: command.user,
            Host: command.host,
            RemoteAddress: info.serverAddress,
            Port: String(info.udpPort),
            TCPPort: String(info.https?.port ?? command.sshPort),
            ...pathFields(info),
            Cipher: command.cipher,
            Encryption: 'Yes',
            ...this.rateFields(info.rate),
            ...(command.tags === undefined ? {} : { Tags: command.tags })
        };
    }

    /** The run goes on another way. */
    path(info: SessionInfo): FrameFields {
        return {
            Type: 'NOTIFICATION',
            SessionId: this.sessionId,
            ...pathFields(info),
            ...this.rateFields(info.rate)
        };
    }

    /** A stage on the way to the server was passed, or not. */
    stage({ stage, tookMs, facts, error }: StageReport): FrameFields {
        const { address, port, fingerprint, software, proxy, httpsPort, httpsFingerprint } = facts;
        const fields = {
            'X-Address': address,
            'X-Port': port,
            'X-Fingerprint': fingerprint,
            'X-Software': software,
            'X-Proxy': proxy,
            'X-HttpsPort': httpsPort,
            'X-HttpsFingerprint': httpsFingerprint
        };
        return {
            Type: 'NOTIFICATION',
            ...(this.sessionId === '' ? {} : { SessionId: this.sessionId }),
            'X-Stage': stage,
            'X-StageResult': error ? 'Failed' : 'Passed',
            'X-StageMs': tookMs.toFixed(1),
            ...definedFields(fields),
            ...(error ? errorFields(error) : {})
        };
    }

    /** The rate has changed. */
    rate(rate: RateSettings): FrameFields {
        return { Type: 'NOTIFICATION', SessionId: this.sessionId, ...this.rateFields(rate) };
    }

    /** Files and bytes known so far. */
    totals(totals: {
        readonly files: number;
        readonly bytes: number;
        readonly complete: boolean;
    }): FrameFields {
        return {
            Type: 'NOTIFICATION',
            SessionId: this.sessionId,
            PreTransferFiles: String(totals.files),
            PreTransferBytes: String(totals.bytes),
            'X-ScanComplete': yesNo(totals.complete)
        };
    }

    stats(figures: RunFigures): FrameFields {
        return { Type: 'STATS', ...this.figures(figures) };
    }

    fileDone({ path, sizeBytes }: TransferFile): FrameFields {
        const size = String(sizeBytes);
        return { Type: 'STOP', SessionId: this.sessionId, File: path, Size: size, Written: size };
    }

    fileSkipped({ path, sizeBytes }: TransferFile, reason: string): FrameFields {
        const size = String(sizeBytes);
        return { Type: 'SKIP', SessionId: this.sessionId, File: path, Size: size, Description: reason };
    }

    fileFailed(path: string, error: WireError): FrameFields {
        return { Type: 'FILEERROR', SessionId: this.sessionId, File: path, ...errorFields(error) };
    }

    error(error: ConnectError, figures: RunFigures): FrameFields {
        return { Type: 'ERROR', ...this.figures(figures), ...errorFields(error) };
    }

    done(summary: TransferSummary, figures: RunFigures): FrameFields {
        return {
            Type: 'DONE',
            ...this.figures({ ...figures, progress: summary }),
            TransferBytes: String(summary.bytesTransferred),
            StartByte: String(summary.bytesResumed),
            FileBytes: String(summary.bytesDone)
        };
    }

    private figures({ progress, stats, sessions, rateBps, elapsedMs }: RunFigures): FrameFields {
        const isUpload = this.command.direction === 'upload';
        const { bytesDone, bytesTotal, filesDone, filesFailed, filesSkipped } = progress;
        const leftMs = progress.scanComplete ? remainingMs(progress, rateBps) : undefined;
        const packets = packetsOnNetwork(isUpload, stats);
        const lossShare = packets.all > 0 ? packets.lost / packets.all : 0;
        return {
            SessionId: this.sessionId,
            File: progress.currentFile,
            Bytescont: String(bytesDone),
            PreTransferBytes: String(bytesTotal),
            PreTransferFiles: String(progress.filesTotal),
            TransfersAttempted: String(filesDone + filesFailed + filesSkipped),
            TransfersPassed: String(filesDone),
            TransfersFailed: String(filesFailed),
            TransfersSkipped: String(filesSkipped),
            TransferBytes: String(
                (isUpload ? stats?.streamBytesAcknowledged : stats?.streamBytesReceived) ?? 0
            ),
            Rate: kbps(rateBps),
            Loss: (lossShare * 100).toFixed(2),
            Elapsedusec: String(Math.round(elapsedMs * 1000)),
            Progress: bytesTotal > 0 ? ((bytesDone * 100) / bytesTotal).toFixed(2) : '0.00',
            ...(leftMs === undefined ? {} : { Remaining: String(Math.round(leftMs / 1000)) }),
            ...comparedFields(progress),
            'X-ScanComplete': yesNo(progress.scanComplete),
            'X-BytesSent': String(bytesOnNetwork(isUpload, stats)),
            'X-BytesRetransmitted': String(stats?.streamBytesRetransmitted ?? 0),
            'X-Packets': String(packets.all),
            'X-PacketsLost': String(packets.lost),
            'X-Sessions': String(sessions),
            'X-RttMs': (stats?.smoothedRttMs ?? 0).toFixed(1)
        };
    }

    private rateFields(rate: RateSettings): FrameFields {
        return {
            Rate: kbps(rate.targetBps),
            MinRate: kbps(rate.minBps),
            Adaptive: ADAPTIVE[rate.policy],
            Priority: rate.policy === 'high' ? '1' : '2',
            'X-Policy': rate.policy,
            ...this.ruleFields()
        };
    }

    /** What of the rate the server decides, for controls that would have no effect. */
    private ruleFields(): FrameFields {
        const { maxRateBps, policies, lockedRateBps } = this.rules;
        return {
            ...(maxRateBps === undefined ? {} : { 'X-MaxRate': kbps(maxRateBps) }),
            ...(policies === undefined ? {} : { 'X-Policies': policies.join(',') }),
            'X-RateLocked': yesNo(lockedRateBps !== undefined),
            'X-PolicyLocked': yesNo(policies?.length === 1)
        };
    }
}

/** @throws ConnectError `usage` for a frame that asks for no possible rate. */
export function readRateOrder(frame: FrameFields): RateOrder {
    const rate = (name: string, least: number): number | undefined => {
        const text = frame[name];
        if (text === undefined) {
            return undefined;
        }
        if (!/^\d+$/.test(text) || Number(text) < least) {
            throw new ConnectError('usage', `RATE: ${name} is a whole number of kbit/s, not "${text}"`);
        }
        return Math.max(1, Number(text) * 1000);
    };
    const policies: Readonly<Record<string, RatePolicy>> = {
        fixed: 'fixed',
        adaptive: frame['Priority'] === '1' ? 'high' : 'fair',
        trickle: 'low'
    };
    return {
        targetBps: rate('Rate', 1),
        minBps: rate('MinRate', 0),
        policy: policies[frame['Adaptive']?.toLowerCase() ?? '']
    };
}

function errorFields(error: Pick<WireError, 'code' | 'message'>): FrameFields {
    return { Code: String(ERROR_CATALOG[error.code].ascp), Description: error.message, 'X-Code': error.code };
}

function comparedFields({ compared }: FileProgress): FrameFields {
    return compared
        ? { 'X-BytesCompared': String(compared.bytes), 'X-BytesToCompare': String(compared.of) }
        : {};
}

function definedFields(fields: Readonly<Record<string, string | number | undefined>>): FrameFields {
    const defined = Object.entries(fields).filter(([, value]) => value !== undefined);
    return Object.fromEntries(defined.map(([name, value]) => [name, String(value)]));
}
