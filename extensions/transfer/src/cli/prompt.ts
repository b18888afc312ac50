import { ConnectError } from '@connect/base';
import { createInterface } from 'node:readline';
import { Writable } from 'node:stream';

/** Questions to whoever sits at the terminal. */
export class Prompt {
    constructor(
        private readonly input: NodeJS.ReadStream,
        private readonly output: NodeJS.WriteStream
    ) {}

    /** Whether there is somebody to ask. */
    get isPossible(): boolean {
        return this.input.isTTY === true && this.output.isTTY === true;
    }

    /** What is typed is not shown. Rejects with `cancelled` on Ctrl-C and Ctrl-D. */
    async secret(question: string): Promise<string> {
        const silent = new Writable({ write: (_chunk, _encoding, done) => done() });
        // the question comes once the terminal shows nothing any more: somebody may type at once
        const answer = this.ask('', silent);
        this.output.write(question);
        try {
            return await answer;
        } finally {
            this.output.write('\n');
        }
    }

    /** Only a whole `yes` is one. */
    async confirm(question: string): Promise<boolean> {
        return /^\s*yes\s*$/i.test(await this.ask(`${question} (yes/no) `, this.output));
    }

    /** Standard input up to its end, without the last line break; for `--password-stdin` and the like. */
    async wholeInput(): Promise<string> {
        const parts: Buffer[] = [];
        for await (const part of this.input) {
            parts.push(Buffer.from(part as Uint8Array));
        }
        return Buffer.concat(parts)
            .toString('utf8')
            .replace(/\r?\n$/, '');
    }

    private ask(question: string, output: NodeJS.WritableStream): Promise<string> {
        return new Promise((resolve, reject) => {
            const lines = createInterface({ input: this.input, output, terminal: true });
            const give = (): void => reject(new ConnectError('cancelled', 'There was no answer'));
            lines.once('close', give);
            lines.question(question, answer => {
                lines.off('close', give);
                lines.close();
                resolve(answer);
            });
        });
    }
}
