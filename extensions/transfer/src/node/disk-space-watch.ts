import type { Clock, Disposable } from '@connect/base';
import { isSpaceShort, type DiskSpace } from '../common/disk-space';

/** How often disks are looked at while automatic downloads wait or run. */
export const DISK_CHECK_MS = 30_000;

/** What the watch stands on. */
export interface DiskSpaceParts {
    readonly clock: Clock;
    /** Folders that automatic downloads write to, which wait or run now. */
    folders(): Iterable<string>;
    /** Rejects where it cannot be told; then there is no reason to wait. */
    measure(folder: string): Promise<DiskSpace>;
    thresholdPercent(): number;
    /** Some folder has another answer now. */
    onChanged(): void;
    log(line: string): void;
}

/** Knows which folders have too little room for automatic downloads. */
export class DiskSpaceWatch {
    private readonly short = new Map<string, boolean>();
    private timer: Disposable | undefined;
    private checking = false;
    private again = false;
    private disposed = false;

    constructor(private readonly parts: DiskSpaceParts) {}

    /** Undefined before the first look at the folder: then the answer comes soon, and nothing starts without it. */
    isShort(folder: string): boolean | undefined {
        const known = this.short.get(folder);
        if (known === undefined) {
            this.check();
        }
        return known;
    }

    /** Looks now, and again and again while there are folders to watch. */
    check(): void {
        this.again = true;
        if (!this.checking && !this.disposed) {
            void this.run();
        }
    }

    dispose(): void {
        this.disposed = true;
        this.timer?.dispose();
    }

    private async run(): Promise<void> {
        this.checking = true;
        // whoever asked is still in the middle of something
        await Promise.resolve();
        while (this.again && !this.disposed) {
            this.again = false;
            await this.look();
        }
        this.checking = false;
    }

    private async look(): Promise<void> {
        this.timer?.dispose();
        const folders = new Set(this.parts.folders());
        [...this.short.keys()]
            .filter(folder => !folders.has(folder))
            .forEach(folder => this.short.delete(folder));
        let changed = false;
        for (const folder of folders) {
            const before = this.short.get(folder);
            const now = await this.isShortNow(folder, before ?? false);
            this.short.set(folder, now);
            changed ||= now !== before;
            if (now && !before) {
                this.parts.log(`automatic downloads to ${folder} pause: the disk is almost full`);
            }
        }
        if (this.disposed) {
            return;
        }
        if (folders.size > 0) {
            this.timer = this.parts.clock.setTimeout(() => this.check(), DISK_CHECK_MS);
        }
        if (changed) {
            this.parts.onChanged();
        }
    }

    private async isShortNow(folder: string, wasShort: boolean): Promise<boolean> {
        try {
            const space = await this.parts.measure(folder);
            return isSpaceShort(space, this.parts.thresholdPercent(), wasShort);
        } catch (error) {
            this.parts.log(`the space on the disk of ${folder} is not known: ${(error as Error).message}`);
            return false;
        }
    }
}
