import { Range } from '@connect/base';
import { HashAlgorithm } from '../proto/hash-algorithm';
import {
    ChunkHash,
    DecisionHashesRecord,
    DecisionHaveRecord,
    EntryRecord,
    MAX_HASHES_PER_RECORD,
    MAX_RANGES_PER_RECORD
} from '../proto/meta-records';
import { splitZeros } from './zero-hash';

/** These chunks, in as many records as they need. */
export function rangeRecords(
    type: DecisionHaveRecord['type'],
    index: number,
    ranges: readonly Range[]
): DecisionHaveRecord[] {
    const records: DecisionHaveRecord[] = [];
    for (let at = 0; at < ranges.length; at += MAX_RANGES_PER_RECORD) {
        records.push({ type, index, chunks: ranges.slice(at, at + MAX_RANGES_PER_RECORD) });
    }
    return records;
}

/** What the sender is to check. Zeros are told by where they are: a file may have millions of chunks of them. */
export function checkRecords(
    algorithm: HashAlgorithm,
    index: number,
    content: EntryRecord,
    hashes: readonly ChunkHash[]
): Array<DecisionHaveRecord | DecisionHashesRecord> {
    const { zeros, others } = splitZeros(algorithm, content, hashes);
    const records: Array<DecisionHaveRecord | DecisionHashesRecord> = rangeRecords(
        'decision-zeros',
        index,
        zeros
    );
    for (let at = 0; at < others.length; at += MAX_HASHES_PER_RECORD) {
        records.push({
            type: 'decision-hashes',
            index,
            hashes: others.slice(at, at + MAX_HASHES_PER_RECORD)
        });
    }
    return records;
}
