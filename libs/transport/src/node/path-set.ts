import { createHash, hash } from 'crypto';
import { fsPath } from '@connect/base';

/** 128 bits of a SHA-256: two of 2⁴⁰ paths are taken for one with a chance of 2⁻⁴⁹. */
const WORDS = 4;
const FIRST_SLOTS = 1024;
/** Fuller tables take long to search. */
const MOST_OCCUPIED = 0.7;

/** A set of paths that takes 23 to 46 bytes for each, however long they are: for runs of millions of files. */
export class PathSet {
    /** Slots of `WORDS` words; an empty one is 0 throughout. */
    private table = new Uint32Array(FIRST_SLOTS * WORDS);
    private count = 0;

    get size(): number {
        return this.count;
    }

    add(path: string): void {
        if ((this.count + 1) * WORDS > this.table.length * MOST_OCCUPIED) {
            this.grow();
        }
        const digest = digestOf(path);
        const at = find(this.table, digest, 0);
        if (isEmpty(this.table, at)) {
            copy(digest, 0, this.table, at);
            this.count += 1;
        }
    }

    has(path: string): boolean {
        return this.count > 0 && !isEmpty(this.table, find(this.table, digestOf(path), 0));
    }

    private grow(): void {
        const smaller = this.table;
        this.table = new Uint32Array(smaller.length * 2);
        for (let at = 0; at < smaller.length; at += WORDS) {
            if (!isEmpty(smaller, at)) {
                copy(smaller, at, this.table, find(this.table, smaller, at));
            }
        }
    }
}

const scratch = new Uint32Array(WORDS);

/** Good until the next call. */
function digestOf(path: string): Uint32Array {
    const content = fsPath(path);
    // hash() is there since Node 20.12; one unit of a binary string is one byte
    const digest = hash
        ? hash('sha256', content, 'binary')
        : createHash('sha256').update(content).digest('binary');
    for (let word = 0; word < WORDS; word++) {
        const at = word * 4;
        scratch[word] =
            digest.charCodeAt(at) |
            (digest.charCodeAt(at + 1) << 8) |
            (digest.charCodeAt(at + 2) << 16) |
            (digest.charCodeAt(at + 3) << 24);
    }
    if (isEmpty(scratch, 0)) {
        scratch[0] = 1;
    }
    return scratch;
}

/** Where in the table the digest that begins at `from` is, or would go. */
function find(table: Uint32Array, digests: Uint32Array, from: number): number {
    // its length is a power of two
    const mask = table.length - 1;
    let at = (digests[from]! * WORDS) & mask;
    while (!isEmpty(table, at) && !isEqual(table, at, digests, from)) {
        at = (at + WORDS) & mask;
    }
    return at;
}

function copy(from: Uint32Array, fromAt: number, to: Uint32Array, toAt: number): void {
    for (let word = 0; word < WORDS; word++) {
        to[toAt + word] = from[fromAt + word]!;
    }
}

function isEmpty(table: Uint32Array, at: number): boolean {
    return (table[at]! | table[at + 1]! | table[at + 2]! | table[at + 3]!) === 0;
}

function isEqual(table: Uint32Array, at: number, digests: Uint32Array, from: number): boolean {
    return (
        table[at] === digests[from] &&
        table[at + 1] === digests[from + 1] &&
        table[at + 2] === digests[from + 2] &&
        table[at + 3] === digests[from + 3]
    );
}
