/** What the SSH library keeps to itself of one connection; looked for before it is used. */
interface Protocol {
    readonly _server?: boolean;
    /** Says the version; gone once it has. */
    start?: () => void;
    /** Says the algorithms. */
    rekey?(): void;
    /** What was said of them. */
    _kexinit?: Buffer;
    _cipher?: { encrypt?(packet: Buffer): void };
    /** Called when the client's version is here, right before the library says its algorithms. */
    _onHeader?(header: unknown): void;
    /** Absent once the connection has ended. */
    readonly _destruct?: unknown;
}

/**
 * From now on servers of this process say their algorithms together with their version, as RFC 4253 §4.2 allows, and not
 * only when the client's version is here: a client that did something else while the connection was made finds both.
 * Without what this takes hold of, a login is only slower.
 * @returns makes servers that are begun later on say them as before
 */
export function sayAlgorithmsEarly(): () => void {
    const { prototype } = require('ssh2/lib/protocol/Protocol.js') as { readonly prototype: Protocol };
    Object.defineProperty(prototype, 'start', {
        configurable: true,
        set(this: Protocol, start: () => void) {
            const value = this._server ? () => startWithAlgorithms(this, start) : start;
            Object.defineProperty(this, 'start', { value, configurable: true, writable: true });
        }
    });
    return () => delete prototype.start;
}

function startWithAlgorithms(protocol: Protocol, start: () => void): void {
    start();
    const { _cipher: cipher, _onHeader: onHeader } = protocol;
    if (!protocol.rekey || !cipher?.encrypt || !onHeader || protocol._kexinit !== undefined) {
        return;
    }
    protocol.rekey();
    const said = protocol._kexinit;
    protocol._onHeader = header => {
        protocol._onHeader = onHeader;
        onHeader.call(protocol, header);
        if (protocol._destruct !== undefined) {
            // the library says them once more, with another random number, right after this
            const encrypt = (): void => {
                protocol._cipher = cipher;
                protocol._kexinit = said;
            };
            protocol._cipher = Object.create(cipher, { encrypt: { value: encrypt } }) as typeof cipher;
        }
    };
}
