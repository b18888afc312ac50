// Free ports on one address.
import { createSocket } from 'node:dgram';
import { createServer } from 'node:net';

/** `wanted` when nobody listens on it, else any free one. */
export async function freeTcpPort(host, wanted) {
    const attempt = port =>
        new Promise((resolve, reject) => {
            const server = createServer();
            server.once('error', reject);
            server.listen({ host, port, exclusive: true }, () => {
                const found = server.address().port;
                server.close(() => resolve(found));
            });
        });
    return firstOf(attempt, wanted);
}

/** As {@link freeTcpPort}, for UDP. */
export async function freeUdpPort(host, wanted) {
    const attempt = port =>
        new Promise((resolve, reject) => {
            const socket = createSocket('udp4');
            socket.once('error', reject);
            socket.bind({ address: host, port, exclusive: true }, () => {
                const found = socket.address().port;
                socket.close(() => resolve(found));
            });
        });
    return firstOf(attempt, wanted);
}

async function firstOf(attempt, wanted) {
    const port = Number(wanted);
    if (!Number.isInteger(port) || port < 0 || port > 65535) {
        throw new Error(`“${wanted}” is not a port.`);
    }
    // chosen now, it could be somebody else's when it is used: who listens on 0 is told then
    if (port === 0) {
        return 0;
    }
    try {
        return await attempt(port);
    } catch (error) {
        if (error.code !== 'EADDRINUSE' && error.code !== 'EACCES') {
            throw error;
        }
        return attempt(0);
    }
}
