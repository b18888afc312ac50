import { ConnectError } from '@connect/base';

/** `transfer.udp-blocked`: the system gives no socket for this address. */
export function unusable(error: unknown, address: string, port: number): ConnectError {
    const cause = error as NodeJS.ErrnoException;
    return new ConnectError(
        'transfer.udp-blocked',
        `No UDP socket for ${address} port ${port}: ${cause.message}`,
        { address, port },
        error
    );
}

/** `transfer.udp-blocked`: all of a range is taken. */
export function noFreePort(first: number, last: number): ConnectError {
    return new ConnectError(
        'transfer.udp-blocked',
        `No UDP port from ${first} to ${last} is free on this host`
    );
}

/** UDP does not pass, or not any more, while the server can be reached. */
export function isUdpFailure(error: ConnectError): boolean {
    return ConnectError.is(error, 'transfer.udp-blocked') || ConnectError.is(error, 'transfer.udp-stalled');
}
