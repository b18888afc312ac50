import type { Clock, Disposable } from '@connect/base';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { createStream, type RotatingFileStream } from 'rotating-file-stream';

/** Where a log is, and how much of it is kept. */
export interface RotatingLogOptions {
    /** Made when it is missing. */
    readonly folder: string;
    /** Of the file, without `.log`; older ones are `NAME.1.log`, `NAME.2.log` and so on. */
    readonly name: string;
    /** A file that has reached this size is put aside. */
    readonly maxBytes: number;
    /** How many older files there are at most. */
    readonly kept: number;
    readonly clock: Clock;
    /** Nothing can be written: told once, and again only after it was possible in between. */
    onBroken(error: Error): void;
    /** Makes the line that stands where some were lost. */
    lossLine(count: number, error: Error | undefined): string;
}

/** What waits for a slow disk; more is lost. */
const MAX_WAITING_CHARS = 4_000_000;
/** What could not be written is tried again after this time. */
const RETRY_MS = 1_000;
/** People may remove logs at any time: so often it is looked whether the file is still there. */
const LOOK_MS = 1_000;
const PRIVATE_FILE = 0o600;
const PRIVATE_FOLDER = 0o700;

/**
 * One log file with some older ones beside it. Lines go to the disk in the background, those that come together with
 * one write; nobody waits for it. Where it cannot be written, lines are lost and counted.
 */
export class RotatingLog {
    private waiting: string[] = [];
    private waitingChars = 0;
    private stream: RotatingFileStream | undefined;
    private isWriting = false;
    private isClosed = false;
    private lost = 0;
    private failure: Error | undefined;
    private retry: Disposable | undefined;
    private lookedMs = -Infinity;
    /** Of the file that the stream writes to. */
    private inode: number | undefined;

    constructor(private readonly options: RotatingLogOptions) {}

    /** @param line without its end */
    write(line: string): void {
        if (this.isClosed || this.waitingChars + line.length > MAX_WAITING_CHARS) {
            this.lost += 1;
            return;
        }
        this.waiting.push(line);
        this.waitingChars += line.length;
        this.pump();
    }

    /** The log files that there are, oldest first. */
    files(): string[] {
        const ages = Array.from({ length: this.options.kept + 1 }, (_none, age) => this.options.kept - age);
        return ages.map(age => this.file(age)).filter(file => fs.existsSync(file));
    }

    /** At the end of the process: what waits is written at once, as far as that is possible. */
    close(): void {
        if (this.isClosed) {
            return;
        }
        this.isClosed = true;
        this.retry?.dispose();
        const text = this.takeWaiting();
        this.stream?.end();
        if (text === '') {
            return;
        }
        try {
            this.makeFolder();
            fs.appendFileSync(this.file(0), text, { mode: PRIVATE_FILE });
        } catch (error) {
            this.broke(error as Error, 0);
        }
    }

    private pump(): void {
        if (!this.isWriting && !this.retry && !this.isClosed && this.waiting.length > 0) {
            this.isWriting = true;
            void this.writeWaiting();
        }
    }

    private async writeWaiting(): Promise<void> {
        // lines of the same moment go together
        await Promise.resolve();
        if (this.isClosed) {
            return;
        }
        const count = this.waiting.length;
        try {
            await this.endWhenReplaced();
            await this.append(this.takeWaiting());
            this.failure = undefined;
        } catch (error) {
            this.broke(error as Error, count);
        }
        this.isWriting = false;
        this.pump();
    }

    private takeWaiting(): string {
        const lines = this.waiting;
        if (this.lost > 0 && lines.length > 0) {
            lines.unshift(this.options.lossLine(this.lost, this.failure));
            this.lost = 0;
        }
        this.waiting = [];
        this.waitingChars = 0;
        return lines.map(line => `${line}\n`).join('');
    }

    private append(text: string): Promise<void> {
        return new Promise((resolve, reject) =>
            this.opened().write(text, error => (error ? reject(error) : resolve()))
        );
    }

    private opened(): RotatingFileStream {
        if (!this.stream) {
            const { folder, maxBytes, kept } = this.options;
            this.makeFolder();
            this.stream = createStream(age => this.baseName(Number(age ?? 0)), {
                path: folder,
                size: `${maxBytes}B`,
                rotate: kept,
                mode: PRIVATE_FILE
            });
            this.stream.on('open', () => this.noteInode());
            // whoever waits for the write hears of it
            this.stream.on('error', () => undefined);
        }
        return this.stream;
    }

    private noteInode(): void {
        this.inode = fs.statSync(this.file(0), { throwIfNoEntry: false })?.ino;
    }

    /** Somebody may have removed the file, and another backend put it aside. */
    private async endWhenReplaced(): Promise<void> {
        const nowMs = this.options.clock.now();
        if (!this.stream || nowMs - this.lookedMs < LOOK_MS) {
            return;
        }
        this.lookedMs = nowMs;
        const inode = await fs.promises.stat(this.file(0)).then(
            ({ ino }) => ino,
            () => undefined
        );
        if (inode === undefined || inode !== this.inode) {
            this.stream.end();
            this.stream = undefined;
        }
    }

    private broke(error: Error, lines: number): void {
        this.stream?.destroy();
        this.stream = undefined;
        this.lost += lines;
        if (!this.failure) {
            this.options.onBroken(error);
        }
        this.failure = error;
        if (!this.isClosed) {
            this.retry = this.options.clock.setTimeout(() => {
                this.retry = undefined;
                this.pump();
            }, RETRY_MS);
        }
    }

    private makeFolder(): void {
        fs.mkdirSync(this.options.folder, { recursive: true, mode: PRIVATE_FOLDER });
    }

    private baseName(age: number): string {
        return age === 0 ? `${this.options.name}.log` : `${this.options.name}.${age}.log`;
    }

    private file(age: number): string {
        return path.join(this.options.folder, this.baseName(age));
    }
}
