import type { FileReport, TransferPath, TransferStatistics } from '@connect/api';
import type { FrameFields } from '@connect/transport/lib/cli/management-frames';

/** What a frame tells to those who watch a transfer, beside what RunReport reads. Fields: docs/formats/management.md. */
export interface FrameFacts {
    readonly statistics?: TransferStatistics;
    readonly file?: FileReport;
}

/** Pure; remembers the path, of which each frame tells only a part. */
export class FrameReader {
    private path: Omit<TransferPath, 'sessions'> = { kind: 'udp' };

    /** @param isHttpsChosen the program was told to go over HTTPS */
    constructor(private readonly isHttpsChosen = false) {}

    read(frame: FrameFields): FrameFacts {
        switch (frame['Type']) {
            case 'SESSION':
            case 'NOTIFICATION':
                return this.way(frame) ? { statistics: this.statistics(frame) } : {};
            case 'STATS':
                return { statistics: this.statistics(frame) };
            case 'STOP':
                return { file: fileOf(frame, 'done') };
            case 'SKIP':
                return { file: fileOf(frame, 'skipped') };
            default:
                return {};
        }
    }

    private statistics(frame: FrameFields): TransferStatistics {
        const [sent, lost] = [number(frame, 'X-Packets'), number(frame, 'X-PacketsLost')];
        const rttMs = number(frame, 'X-RttMs');
        const bytesArrived = number(frame, 'TransferBytes');
        return {
            ...(bytesArrived === undefined ? {} : { bytesArrived }),
            // before the first answer it is not known, which the program tells as nothing
            ...(rttMs === undefined || rttMs === 0 ? {} : { rttMs }),
            ...(sent === undefined || lost === undefined ? {} : { packetsSent: sent, packetsLost: lost }),
            path: { ...this.path, sessions: Math.max(1, number(frame, 'X-Sessions') ?? 1) }
        };
    }

    /** Whether the frame tells how the data travels: by what it says, or as the program did before it could go another way. */
    private way(frame: FrameFields): boolean {
        const name = frame['X-Path'] ?? (frame['Type'] === 'SESSION' ? 'UDP' : undefined);
        if (name === undefined) {
            return false;
        }
        const kind = name === 'HTTPS' ? 'https' : 'udp';
        const port = number(frame, kind === 'https' ? 'TCPPort' : 'Port');
        const proxy = frame['X-Proxy'];
        this.path = {
            kind,
            ...(port ? { port } : {}),
            ...(proxy === undefined ? {} : { proxy }),
            ...(kind === 'https' && this.isHttpsChosen ? { isChosen: true } : {})
        };
        return true;
    }
}

function fileOf(frame: FrameFields, result: FileReport['result']): FileReport {
    const reason = frame['Description'];
    return {
        path: frame['File'] ?? '',
        sizeBytes: number(frame, 'Size') ?? 0,
        result,
        ...(reason === undefined ? {} : { reason })
    };
}

/** Undefined where the field is missing or no number that can be. */
function number(frame: FrameFields, name: string): number | undefined {
    const text = frame[name];
    const value = text === undefined || text === '' ? Number.NaN : Number(text);
    return Number.isFinite(value) && value >= 0 ? value : undefined;
}
