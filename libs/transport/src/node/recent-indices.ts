/** Indices, of which only the last ones are remembered, so that memory stays flat. */
export class RecentIndices {
    private readonly indices = new Set<number>();

    constructor(private readonly limit: number) {}

    add(index: number): void {
        this.indices.add(index);
        if (this.indices.size > this.limit) {
            this.indices.delete(this.indices.values().next().value!);
        }
    }

    has(index: number): boolean {
        return this.indices.has(index);
    }
}
