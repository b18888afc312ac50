import { Readable, Writable } from 'node:stream';
import { ConnectError, WireError } from '@connect/base';
import {
    createMessageConnection,
    DataCallback,
    Disposable,
    Message,
    MessageConnection,
    ResponseError,
    StreamMessageReader,
    StreamMessageWriter
} from 'vscode-jsonrpc/node';
import { MAX_CONTROL_MESSAGE_BYTES } from './control-protocol';

/** Number in a JSON-RPC response that says: the WireError in `data` is what happened. */
const APPLICATION_ERROR = -32000;

/** Reads messages and gives up on a peer that sends one longer than `maxBytes`, before it is held in memory. */
class BoundedReader extends StreamMessageReader {
    private pendingBytes = 0;

    constructor(
        private readonly source: Readable,
        private readonly maxBytes: number
    ) {
        super(source);
        // else a message that never ends leaves a timer that is armed again and again, also after the connection
        this.partialMessageTimeout = 0;
    }

    override listen(callback: DataCallback): Disposable {
        const disposable = super.listen((message: Message) => {
            this.pendingBytes = 0;
            callback(message);
        });
        this.source.prependListener('data', (bytes: Buffer) => {
            this.pendingBytes += bytes.length;
            if (this.pendingBytes > this.maxBytes) {
                this.source.destroy(new Error(`a message is longer than ${this.maxBytes} bytes`));
            }
        });
        return disposable;
    }
}

/** JSON-RPC with Content-Length framing over a pair of streams; not listening yet. */
export function controlConnection(
    readable: Readable,
    writable: Writable,
    maxMessageBytes = MAX_CONTROL_MESSAGE_BYTES
): MessageConnection {
    return createMessageConnection(
        new BoundedReader(readable, maxMessageBytes),
        new StreamMessageWriter(writable)
    );
}

/** A failure as the answer to a request. */
export function toResponseError(error: unknown): ResponseError<WireError> {
    const wire = ConnectError.from(error).toWire();
    return new ResponseError(APPLICATION_ERROR, wire.message, wire);
}

/** What a rejected request means; an answer that is not one of ours is a protocol error. */
export function fromResponseError(error: unknown): ConnectError {
    if (error instanceof ResponseError && isWireError(error.data)) {
        return ConnectError.fromWire(error.data);
    }
    return ConnectError.from(error, 'transfer.protocol');
}

function isWireError(data: unknown): data is WireError {
    return typeof data === 'object' && data !== null && 'code' in data && 'message' in data;
}
