import { ConnectError, type WireError } from '@connect/base';
import { printable } from '@connect/transport/lib/cli/progress-line';
import { errorJson } from './job-json';
import { errorText } from '../common/job-view';

const UP = '\u001b[A';
const CLEAR_DOWN = '\r\u001b[J';

/** What a command says: for people or as JSON on standard output, complaints on standard error. */
export class Output {
    private liveLines = 0;

    constructor(
        private readonly out: NodeJS.WriteStream,
        private readonly err: NodeJS.WriteStream,
        /** One JSON document (or one per line, of a stream) instead of text. */
        readonly isJson: boolean
    ) {
        // a reader that has gone, as in `connect … | head`, is no reason to fail
        out.on('error', () => undefined);
        err.on('error', () => undefined);
    }

    get isTerminal(): boolean {
        return this.out.isTTY === true && !this.isJson;
    }

    /** A line for people; nothing with `--json`. */
    say(line: string): void {
        if (!this.isJson) {
            this.clear();
            this.out.write(`${printable(line)}\n`);
        }
    }

    /** The document of `--json`; nothing without it. */
    document(value: object): void {
        if (this.isJson) {
            this.out.write(`${JSON.stringify(value, undefined, 2)}\n`);
        }
    }

    /** A line of a JSON stream; nothing without `--json`. */
    record(value: object): void {
        if (this.isJson) {
            this.out.write(`${JSON.stringify(value)}\n`);
        }
    }

    /** Columns padded to one width; the last is cut at the edge of a terminal. */
    table(rows: ReadonlyArray<readonly string[]>): void {
        layOut(rows, this.isTerminal ? this.out.columns || undefined : undefined).forEach(line =>
            this.say(line)
        );
    }

    /** Replaces what {@link live} showed before; only for terminals. */
    live(rows: ReadonlyArray<readonly string[]>): void {
        const lines = layOut(rows, this.out.columns || 80).slice(0, Math.max(1, (this.out.rows || 24) - 1));
        this.clear();
        lines.forEach(line => this.out.write(`${line}\n`));
        this.liveLines = lines.length;
    }

    /** A sentence about what went on or wrong, whatever the output is. */
    complain(line: string): void {
        this.clear();
        this.err.write(`connect: ${printable(line)}\n`);
    }

    /** A failure, with its remedy; with `--json` as the document `{"error": …}`. */
    fail(error: ConnectError): void {
        const wire: WireError = error.toWire();
        if (this.isJson) {
            this.out.write(`${JSON.stringify({ error: errorJson(wire) }, undefined, 2)}\n`);
        } else {
            const { summary, remedy } = errorText(wire);
            this.complain(summary);
            this.complain(remedy);
        }
    }

    private clear(): void {
        if (this.liveLines > 0) {
            this.out.write(UP.repeat(this.liveLines) + CLEAR_DOWN);
            this.liveLines = 0;
        }
    }
}

function layOut(rows: ReadonlyArray<readonly string[]>, columns: number | undefined): string[] {
    const clean = rows.map(row => row.map(printable));
    const widths = (clean[0] ?? []).map((_, at) =>
        Math.max(...clean.map(row => [...(row[at] ?? '')].length))
    );
    return clean.map(row => {
        const line = row
            .map((cell, at) =>
                at === row.length - 1 ? cell : cell + ' '.repeat(widths[at] - [...cell].length)
            )
            .join('  ')
            .trimEnd();
        return columns === undefined ? line : [...line].slice(0, columns - 1).join('');
    });
}
