import { closeSync, mkdirSync, openSync, renameSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { ConnectError, encodePathBytes } from '@connect/base';
import { FileFailure, TransferFile } from '../node/transfer-types';
import { printable } from './progress-line';

export type ManifestFormat = 'text' | 'json';

/** Where and how a manifest is written. */
export interface ManifestOptions {
    readonly format: ManifestFormat;
    readonly folder: string;
    /** Of its name while the session goes on. */
    readonly inProgressSuffix: string;
    /** It cannot be written any more, as on a full disk: told once, and what it lacks is not written later. */
    readonly onBroken?: (error: Error) => void;
}

/** `done`, the reason why it was left alone, or the code of its error. */
interface ManifestLine {
    readonly outcome: string;
    readonly path: string;
    readonly file?: TransferFile;
}

/** Lines are written together up to this size, or when {@link FileManifest.flush} is called. */
const BUFFER_BYTES = 64 * 1024;

const HEADER = 'outcome\tsize\thash\tmodified\tpath\n';

/** What became of each file of a session, one line for each, written as things settle: docs/guides/connect-cp.md. */
export class FileManifest {
    private pending: string[] = [];
    private pendingBytes = 0;
    private isBroken = false;

    private constructor(
        private readonly file: number,
        private readonly path: string,
        private readonly options: ManifestOptions
    ) {}

    /** @throws ConnectError `usage` when it cannot be written there. */
    static open(options: ManifestOptions, sessionId: string): FileManifest {
        const extension = options.format === 'json' ? 'jsonl' : 'txt';
        const path = join(options.folder, `connect-transfer-${sessionId}-manifest.${extension}`);
        try {
            mkdirSync(options.folder, { recursive: true });
            const file = openSync(path + options.inProgressSuffix, 'wx', 0o600);
            const manifest = new FileManifest(file, path, options);
            manifest.append(options.format === 'text' ? HEADER : '');
            return manifest;
        } catch (error) {
            throw new ConnectError('usage', `--file-manifest-path: ${(error as Error).message}`);
        }
    }

    done(file: TransferFile): void {
        this.write({ outcome: 'done', path: file.path, file });
    }

    skipped(file: TransferFile, reason: string): void {
        this.write({ outcome: `skipped:${reason}`, path: file.path, file });
    }

    failed({ path, error }: FileFailure): void {
        this.write({ outcome: `failed:${error.code}`, path });
    }

    /** To be called now and then, so that who reads along is not far behind. */
    flush(): void {
        const text = this.pending.join('');
        this.pending = [];
        this.pendingBytes = 0;
        if (text === '' || this.isBroken) {
            return;
        }
        try {
            writeSync(this.file, text);
        } catch (error) {
            this.isBroken = true;
            this.options.onBroken?.(error as Error);
        }
    }

    /** When it is whole, gives it its name. */
    finish(): void {
        this.flush();
        closeSync(this.file);
        if (!this.isBroken) {
            renameSync(this.path + this.options.inProgressSuffix, this.path);
        }
    }

    private write(line: ManifestLine): void {
        this.append(this.options.format === 'json' ? jsonLine(line) : textLine(line));
    }

    private append(text: string): void {
        this.pending.push(text);
        this.pendingBytes += text.length;
        if (this.pendingBytes >= BUFFER_BYTES) {
            this.flush();
        }
    }
}

function textLine({ outcome, path, file }: ManifestLine): string {
    const facts = [file?.sizeBytes, file?.digest, modified(file)].map(fact => fact ?? '-');
    const lost = lostOf(file);
    const whole = lost ? `${outcome}:not-kept:${lost.join(',')}` : outcome;
    return `${[whole, ...facts, printable(path)].join('\t')}\n`;
}

/** Paths that are no Unicode stand in base64 as well. */
function jsonLine({ outcome, path, file }: ManifestLine): string {
    const bytes = encodePathBytes(path);
    const isUnicode = Buffer.from(path, 'utf8').equals(bytes);
    const { sizeBytes, digest } = file ?? {};
    const line = { outcome, path, sizeBytes, hash: digest, modified: modified(file), notKept: lostOf(file) };
    const exact = isUnicode ? {} : { path: printable(path), path64: Buffer.from(bytes).toString('base64') };
    return `${JSON.stringify({ ...line, ...exact })}\n`;
}

function lostOf(file: TransferFile | undefined): readonly string[] | undefined {
    return file?.lost?.length ? file.lost : undefined;
}

function modified(file: TransferFile | undefined): string | undefined {
    if (file?.mtimeNs === undefined) {
        return undefined;
    }
    // A Date holds 275,760 years either way, a file system may hold more.
    const ms = Number(file.mtimeNs / 1_000_000n);
    return Math.abs(ms) <= 8.64e15 ? new Date(ms).toISOString() : undefined;
}
