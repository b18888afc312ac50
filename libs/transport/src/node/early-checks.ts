import { ConnectError, Range } from '@connect/base';
import { ChunkHash } from '../proto/meta-records';

/** Told of a file that is read to decide about it, so that the sender hears of it before all of it was read. */
export interface EarlyChecks {
    /** The decision will be that these chunks are there. */
    onPresent(chunks: Range): void;
    /** The next of the hashes that the decision will hold, in its order. @param isHole nothing had to be read for it */
    onHash(item: ChunkHash, isHole?: boolean): void;
}

/** So many chunks are read before their hashes are told: 32 MiB, whose hashes go in one record. */
const READ_TOGETHER = 32;

/** Which hashes of one file were told before it was decided about. */
export class ToldChecks implements EarlyChecks {
    private toldCount = 0;
    private lastTold: ChunkHash | undefined;
    private waiting: ChunkHash[] = [];
    private readCount = 0;

    constructor(
        private readonly tell: {
            present(chunks: Range): void;
            hashes(hashes: readonly ChunkHash[]): void;
        }
    ) {}

    onPresent(chunks: Range): void {
        this.tell.present(chunks);
    }

    onHash(item: ChunkHash, isHole = false): void {
        this.waiting.push(item);
        // a file of a terabyte of holes is looked at in no time, and told in a few records
        this.readCount += isHole ? 0 : 1;
        if (this.readCount >= READ_TOGETHER) {
            this.readCount = 0;
            this.toldCount += this.waiting.length;
            this.lastTold = item;
            this.tell.hashes(this.waiting);
            this.waiting = [];
        }
    }

    /**
     * Those of the decision that were not told yet.
     * @throws ConnectError `transfer.target-differs` where others were told: it has changed while it was read
     */
    rest(hashes: readonly ChunkHash[], path: string): readonly ChunkHash[] {
        if (this.toldCount > 0 && hashes[this.toldCount - 1] !== this.lastTold) {
            throw new ConnectError('transfer.target-differs', `${path} was changed meanwhile`);
        }
        return hashes.slice(this.toldCount);
    }
}
