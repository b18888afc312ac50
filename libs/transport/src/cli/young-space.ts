import { getHeapSpaceStatistics, setFlagsFromString } from 'node:v8';

/** As much as `--max-semi-space-size=16` allows, which only holds when it is given before the process starts. */
const ENOUGH_BYTES = 32 * 1024 * 1024;

/** What V8 tells of its space for young objects, and can be told. */
export interface YoungSpaceControl {
    bytes(): number;
    stopGrowth(): void;
}

const OF_THIS_PROCESS: YoungSpaceControl = {
    bytes: () => getHeapSpaceStatistics().find(space => space.space_name === 'new_space')?.space_size ?? 0,
    stopGrowth: () => setFlagsFromString('--semi-space-growth-factor=1')
};

/**
 * Keeps the space for young objects from growing further once it is large enough: with a million files it would take
 * 100 MB more, by itself and in what it lets the old space collect, and save nothing.
 */
export class YoungSpaceLimit {
    private isHeld = false;

    constructor(private readonly space: YoungSpaceControl = OF_THIS_PROCESS) {}

    /** To be called now and then. */
    look(): void {
        if (!this.isHeld && this.space.bytes() >= ENOUGH_BYTES) {
            this.isHeld = true;
            this.space.stopGrowth();
        }
    }
}
