import { decodePathBytes } from '@connect/base';

/** What became of one file. */
export interface ManifestEntry {
    /** Below the destination; lossless (see `decodePathBytes`). */
    readonly path: string;
    /** `done`, `skipped:REASON` or `failed:CODE`. */
    readonly outcome: string;
    readonly sizeBytes?: number;
    /**
     * `ALGORITHM:` and hexadecimal digits: the hash of the file, or, of one of more than 1 MiB, of the hashes of its
     * pieces of 1 MiB. Absent where it is not known.
     */
    readonly hash?: string;
    /** Of the last change; ISO, UTC. */
    readonly modified?: string;
}

/** Pieces whose hashes make the hash of a file. */
export const MANIFEST_PIECE_BYTES = 1024 * 1024;

/** A line as transfer programs write them; undefined for what is none, such as the half of one. */
export function parseManifestLine(line: string): ManifestEntry | undefined {
    let value: Record<string, unknown>;
    try {
        const parsed: unknown = JSON.parse(line);
        value = typeof parsed === 'object' && parsed !== null ? (parsed as Record<string, unknown>) : {};
    } catch (error) {
        if (error instanceof SyntaxError) {
            return undefined;
        }
        throw error;
    }
    const { path, path64, outcome, sizeBytes, hash, modified } = value;
    if (typeof path !== 'string' || typeof outcome !== 'string') {
        return undefined;
    }
    return {
        path: typeof path64 === 'string' ? decodePathBytes(bytesOf(path64)) : path,
        outcome,
        ...(typeof sizeBytes === 'number' ? { sizeBytes } : {}),
        ...(typeof hash === 'string' ? { hash } : {}),
        ...(typeof modified === 'string' ? { modified } : {})
    };
}

/**
 * What all runs of a job together say about a file: the last one counts, but for a file that was left alone because an
 * earlier run had brought it.
 */
export function laterOf(earlier: ManifestEntry | undefined, later: ManifestEntry): ManifestEntry {
    const isSame = later.outcome === 'skipped:same' || later.outcome === 'skipped:exists';
    return earlier?.outcome === 'done' && isSame ? earlier : later;
}

/** How a manifest is saved. */
export type ManifestFormat = 'csv' | 'jsonl';

export const CSV_HEADER = 'path,outcome,size,hash,modified\r\n';

/** One line of a saved manifest, with its end; CSV as of RFC 4180. */
export function manifestText(entry: ManifestEntry, format: ManifestFormat): string {
    if (format === 'jsonl') {
        return `${JSON.stringify(entry)}\n`;
    }
    const { path, outcome, sizeBytes, hash, modified } = entry;
    return `${[path, outcome, sizeBytes, hash, modified].map(cell).join(',')}\r\n`;
}

function cell(value: string | number | undefined): string {
    const text = String(value ?? '');
    return /[",\r\n]/.test(text) ? `"${text.replace(/"/g, '""')}"` : text;
}

function bytesOf(base64: string): Uint8Array {
    return Uint8Array.from(atob(base64), char => char.charCodeAt(0));
}
