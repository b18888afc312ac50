/**
 * A map from integers that costs two fields while it holds one entry, as that of a file of one chunk does: hundreds of
 * thousands of them are made, and a `Map` takes some 200 bytes.
 */
export class SmallMap<V> {
    private key: number | undefined;
    private value: V | undefined;
    /** All entries, once there was more than one. */
    private many: Map<number, V> | undefined;

    get size(): number {
        return this.many ? this.many.size : this.key === undefined ? 0 : 1;
    }

    has(key: number): boolean {
        return this.many ? this.many.has(key) : this.key === key;
    }

    get(key: number): V | undefined {
        return this.many ? this.many.get(key) : this.key === key ? this.value : undefined;
    }

    set(key: number, value: V): void {
        if (!this.many && this.key !== undefined && this.key !== key) {
            this.many = new Map([[this.key, this.value!]]);
        }
        if (this.many) {
            this.many.set(key, value);
        } else {
            this.key = key;
            this.value = value;
        }
    }

    delete(key: number): void {
        if (this.many) {
            this.many.delete(key);
        } else if (this.key === key) {
            this.clear();
        }
    }

    clear(): void {
        this.many = undefined;
        this.key = undefined;
        this.value = undefined;
    }

    /** In the order they were set. */
    entries(): ReadonlyArray<readonly [number, V]> {
        return this.many ? [...this.many] : this.key === undefined ? [] : [[this.key, this.value!]];
    }
}
