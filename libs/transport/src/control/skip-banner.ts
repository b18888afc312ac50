import { Transform, TransformCallback } from 'node:stream';
import { ConnectError } from '@connect/base';

/** What every message begins with. */
const MARK = 'Content-Length: ';
/** More than this is no greeting, but another program. */
const MAX_BANNER_BYTES = 64 * 1024;

/**
 * Passes on what comes from the first message on. Login shells print greetings, quotas and warnings before they run the
 * command they were given.
 */
export class SkipBanner extends Transform {
    private held: Buffer = Buffer.alloc(0);
    private hasBegun = false;

    /** What was left out; all that came as long as no message has begun. */
    get banner(): string {
        return this.held.toString('utf8');
    }

    override _transform(bytes: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
        if (this.hasBegun) {
            done(undefined, bytes);
            return;
        }
        this.held = Buffer.concat([this.held, bytes]);
        const start = this.held.indexOf(MARK);
        if (start >= 0) {
            this.hasBegun = true;
            const first = this.held.subarray(start);
            this.held = this.held.subarray(0, start);
            done(undefined, first);
        } else if (this.held.length > MAX_BANNER_BYTES) {
            const message = 'The server sends something else than a session';
            done(new ConnectError('transfer.protocol', message));
        } else {
            done();
        }
    }
}
