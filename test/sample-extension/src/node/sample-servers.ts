import { MemoryFiles } from './memory-files';

/** The servers that accounts were connected to since the backend started. Accounts open them, the engine finds them. */
export class SampleServers {
    private readonly byTitle = new Map<string, MemoryFiles>();

    /** @param now epoch milliseconds */
    constructor(private readonly now: () => number) {}

    /** The server of this title, made when there is none. */
    open(title: string, capacityBytes: number): MemoryFiles {
        const files = this.byTitle.get(title) ?? new MemoryFiles(this.now, capacityBytes);
        files.capacityBytes = capacityBytes;
        this.byTitle.set(title, files);
        return files;
    }

    find(title: string): MemoryFiles | undefined {
        return this.byTitle.get(title);
    }
}
