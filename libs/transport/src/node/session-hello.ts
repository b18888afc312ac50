import { ConnectError } from '@connect/base';
import { CONTROL_VERSION, HelloMessage, SessionCipher } from '../control/control-protocol';
import { SECRET_BYTES } from './packet-sealer';

/** Id and secret of the session that a server has begun. @throws ConnectError `transfer.protocol` */
export function checkHello(hello: HelloMessage): { readonly sessionId: bigint; readonly secret: Uint8Array } {
    if (hello.protocol !== CONTROL_VERSION) {
        const message = `The server speaks version ${hello.protocol} of the control protocol, not ${CONTROL_VERSION}`;
        throw new ConnectError('transfer.protocol', message);
    }
    const secret = Buffer.from(String(hello.secret), 'base64');
    if (!/^[0-9a-f]{16}$/.test(hello.sessionId) || secret.length !== SECRET_BYTES) {
        throw new ConnectError('transfer.protocol', 'The server began the session with a malformed message');
    }
    return { sessionId: BigInt(`0x${hello.sessionId}`), secret };
}

/** @throws ConnectError `transfer.protocol` when the server does not offer it */
export function checkCipher({ ciphers }: HelloMessage, cipher: SessionCipher): void {
    if (!ciphers.includes(cipher)) {
        throw new ConnectError('transfer.protocol', `The server does not offer the cipher ${cipher}`);
    }
}
