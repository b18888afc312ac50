import { FileProgress } from '../node/transfer-types';
import { ConnectionStats } from '../proto/types';

const SUMMED = [
    'packetsSent',
    'packetsLost',
    'packetsReceived',
    'packetsDuplicate',
    'packetsMissing',
    'streamBytesSent',
    'streamBytesRetransmitted',
    'streamBytesAcknowledged',
    'streamBytesReceived'
] as const;

/** Counters of sessions that followed each other; what is of a moment is that of the later one. */
export function addStats(
    before: ConnectionStats | undefined,
    now: ConnectionStats | undefined
): ConnectionStats | undefined {
    if (!before || !now) {
        return now ?? before;
    }
    const sums = SUMMED.map(name => [name, before[name] + now[name]] as const);
    return { ...now, ...Object.fromEntries(sums) };
}

/** Progress that does not go back while a later session finds out what an earlier one has left. */
export function latestProgress(before: FileProgress, now: FileProgress): FileProgress {
    return {
        bytesDone: Math.max(before.bytesDone, now.bytesDone),
        bytesTotal: Math.max(before.bytesTotal, now.bytesTotal),
        scanComplete: before.scanComplete || now.scanComplete,
        filesDone: Math.max(before.filesDone, now.filesDone),
        filesTotal: Math.max(before.filesTotal, now.filesTotal),
        filesFailed: now.filesFailed,
        filesSkipped: Math.max(before.filesSkipped, now.filesSkipped),
        currentFile: now.currentFile === '' ? before.currentFile : now.currentFile,
        ...(now.compared ? { compared: now.compared } : {})
    };
}
