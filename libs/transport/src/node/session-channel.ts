import { Readable, Writable } from 'node:stream';
import { MessageConnection } from 'vscode-jsonrpc/node';
import { controlConnection } from '../control/control-connection';

/** What a session reads from and writes to its client. */
export interface ChannelStreams {
    readonly input: Readable;
    readonly output: Writable;
}

/** One SSH channel under the server's end of a session: its messages, and its end. */
export class SessionChannel {
    /** Not listening yet. */
    readonly control: MessageConnection;
    /** Resolves when no more can come, or nothing can be said any more. */
    readonly closed: Promise<void>;

    constructor({ input, output }: ChannelStreams) {
        this.control = controlConnection(input, output);
        this.closed = new Promise(resolve => {
            input.once('end', resolve);
            input.once('close', resolve);
            // stays: whatever is written to a channel that is gone fails anew
            output.on('error', () => resolve());
            this.control.onClose(() => resolve());
            this.control.onError(() => resolve());
        });
    }
}
