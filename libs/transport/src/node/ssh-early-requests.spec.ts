import { EventEmitter } from 'node:events';
import { expect } from 'chai';
import { EarlyRequests } from './ssh-early-requests';

type Handler = (...args: unknown[]) => void;

/** A connection whose handlers write down what reaches them. */
function connection(): {
    emitter: EventEmitter;
    say(name: string, ...args: unknown[]): void;
    heard: string[];
} {
    const heard: string[] = [];
    const handlers: Record<string, Handler> = {
        CHANNEL_OPEN: (_protocol, info) => heard.push(`open ${(info as { type: string }).type}`),
        CHANNEL_REQUEST: (_protocol, channel, type) => heard.push(`${String(type)} ${String(channel)}`)
    };
    const emitter = Object.assign(new EventEmitter(), { _protocol: { _handlers: handlers } });
    return { emitter, heard, say: (name, ...args) => handlers[name]!(undefined, ...args) };
}

describe('what a client asks for with its login', () => {
    it('waits while the login is decided about, and comes in order when it is let in', () => {
        const { emitter, say, heard } = connection();
        const early = new EarlyRequests(emitter);
        early.hold();
        say('CHANNEL_OPEN', { type: 'session' });
        say('CHANNEL_REQUEST', 0, 'exec', true, 'connect-cp --server');
        expect(heard).to.deep.equal([]);
        early.release();
        expect(heard).to.deep.equal(['open session', 'exec 0']);
        say('CHANNEL_REQUEST', 0, 'exec');
        expect(heard).to.have.length(3);
    });

    it('is forgotten when it is not', () => {
        const { emitter, say, heard } = connection();
        const early = new EarlyRequests(emitter);
        early.hold();
        say('CHANNEL_OPEN', { type: 'session' });
        early.drop();
        early.hold();
        early.release();
        expect(heard).to.deep.equal([]);
    });

    it('goes the usual way, which refuses it, before a login, when it is something else, and when it is much', () => {
        const { emitter, say, heard } = connection();
        const early = new EarlyRequests(emitter);
        say('CHANNEL_OPEN', { type: 'session' });
        early.hold();
        say('CHANNEL_OPEN', { type: 'direct-tcpip' });
        say('CHANNEL_REQUEST', 0, 'subsystem');
        expect(heard).to.deep.equal(['open session', 'open direct-tcpip', 'subsystem 0']);
        for (let i = 0; i < 5; i++) {
            say('CHANNEL_REQUEST', i, 'exec');
        }
        expect(heard.slice(3)).to.deep.equal(['exec 4']);
    });
});
