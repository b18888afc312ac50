import { PassThrough, Writable } from 'node:stream';
import { FromSession, SessionDatagram, SessionLaunch, ToSession } from '../control/session-launch';
import { ChannelStreams } from '../node/session-channel';

/** SSH channels that connect-server hands on to a session that has lost its first: their bytes travel as messages. */
export class ChannelInbox {
    private listener: ((streams: ChannelStreams) => void) | undefined;
    private readonly inputs = new Map<number, PassThrough>();

    constructor(private readonly tell: (message: FromSession) => void) {}

    listen(listener: (streams: ChannelStreams) => void): void {
        this.listener = listener;
    }

    take(message: Exclude<ToSession, SessionLaunch | SessionDatagram>): void {
        switch (message.type) {
            case 'attached':
                this.open(message.channel);
                return;
            case 'channel-bytes':
                this.inputs.get(message.channel)?.write(message.bytes);
                return;
            case 'channel-closed':
                this.inputs.get(message.channel)?.end();
                this.inputs.delete(message.channel);
        }
    }

    private open(channel: number): void {
        const input = new PassThrough();
        const output = new Writable({
            write: (bytes: Buffer, _encoding, done) => {
                this.tell({ type: 'channel-bytes', channel, bytes });
                done();
            }
        });
        this.inputs.set(channel, input);
        this.listener?.({ input, output });
    }
}
