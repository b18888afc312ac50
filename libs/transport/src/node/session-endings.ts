import { ConnectError } from '@connect/base';
import { EndedMessage } from '../control/control-protocol';

/** What a server's last word means for a session that has not begun. */
export function lastError(message: EndedMessage): ConnectError {
    return message.error
        ? ConnectError.fromWire(message.error)
        : new ConnectError('transfer.protocol', 'The server ended the session before it began');
}

/** The connection to a host broke. */
export function connectionLost(host: string): ConnectError {
    return new ConnectError('transfer.connection-lost', `The connection to ${host} was lost`);
}

/** Why the far end's program has ended: its exit code where it is known, and what it said for people. */
export function channelEnd(code: number | undefined, said: string): ConnectError {
    if (code === 127) {
        return new ConnectError(
            'transfer.engine-missing',
            `The server has no connect-cp on its PATH: ${said}`
        );
    }
    const message = `The server ended the session${said === '' ? '' : `: ${said}`}`;
    return new ConnectError('transfer.connection-lost', message);
}
