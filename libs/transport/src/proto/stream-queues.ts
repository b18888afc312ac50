import { BlockSize } from './block-size';
import { PeerWindow } from './peer-window';
import { SendQueue } from './send-queue';
import { DATA_STREAM, META_STREAM, StreamId, StreamSlice } from './types';

/** What both streams still have to send, and what of it is next: records first, what was lost before what is new. */
export class StreamQueues {
    private readonly meta = new SendQueue(META_STREAM);
    private readonly data = new SendQueue(DATA_STREAM);

    constructor(
        private readonly blockSize: BlockSize,
        private readonly peerWindow: PeerWindow
    ) {}

    of(stream: StreamId): SendQueue {
        return stream === META_STREAM ? this.meta : this.data;
    }

    /** Nothing offered is unsent or unacknowledged. */
    get isIdle(): boolean {
        return this.meta.isIdle && this.data.isIdle;
    }

    /** Something may be left to send, whether there is room for it or not. */
    get maySend(): boolean {
        return this.meta.maySend || this.data.maySend;
    }

    /** The same for what the peer has room for. */
    get canSendNow(): boolean {
        return this.meta.maySend || (this.data.maySend && this.dataRoom() > 0);
    }

    takeLost(): StreamSlice | undefined {
        return (
            this.meta.takeLost(this.blockSize.maxBytes) ??
            (this.dataRoom() > 0 && !this.meta.hasFresh ? this.data.takeLost(this.dataRoom()) : undefined)
        );
    }

    takeFresh(): StreamSlice | undefined {
        return (
            this.meta.takeFresh(this.blockSize.maxBytes) ??
            (this.dataRoom() > 0 ? this.data.takeFresh(this.dataRoom()) : undefined)
        );
    }

    /**
     * What comes next as far as it is new bytes of the data stream: where they begin, and for how many blocks there is
     * something to send and room at the peer; 0 where something else comes next.
     */
    nextRun(): { readonly offset: number; readonly blocks: number } {
        const { maxBytes } = this.blockSize;
        const { freshLength, freshOffset } = this.data;
        if (this.meta.maySend || this.data.hasLost) {
            return { offset: freshOffset, blocks: 0 };
        }
        const blocks = Math.min(Math.ceil(freshLength / maxBytes), this.peerWindow.blocks(maxBytes));
        return { offset: freshOffset, blocks };
    }

    /** The first so many blocks of what {@link nextRun} tells. */
    takeRun(blocks: number): StreamSlice | undefined {
        return this.data.takeFresh(blocks * this.blockSize.maxBytes);
    }

    private dataRoom(): number {
        return this.peerWindow.room(this.blockSize.maxBytes);
    }
}
