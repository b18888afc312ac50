import { FileProgress } from '../node/transfer-types';
import { printable, progressLine } from './progress-line';

const CLEAR_TO_END = '\u001b[K';

/** Standard output and error of a run: lines for people, and on a terminal one line that moves. */
export class Terminal {
    private hasLine = false;

    constructor(
        private readonly out: NodeJS.WriteStream,
        private readonly err: NodeJS.WriteStream,
        private readonly isQuiet: boolean
    ) {
        // a reader that has gone, as in `connect-cp … | head`, is no reason to stop a transfer
        out.on('error', () => undefined);
        err.on('error', () => undefined);
    }

    say(line: string): void {
        if (!this.isQuiet) {
            this.clear();
            this.out.write(`${printable(line)}\n`);
        }
    }

    complain(line: string): void {
        this.clear();
        this.err.write(`connect-cp: ${printable(line)}\n`);
    }

    progress(progress: FileProgress, rateBps: number): void {
        if (!this.isQuiet && this.out.isTTY) {
            this.hasLine = true;
            this.out.write(`\r${progressLine(progress, rateBps, this.out.columns || 80)}${CLEAR_TO_END}`);
        }
    }

    /** Ends the moving line. */
    private clear(): void {
        if (this.hasLine) {
            this.hasLine = false;
            this.out.write('\n');
        }
    }
}
