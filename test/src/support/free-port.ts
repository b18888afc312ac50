import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';

/**
 * Below the ports that the system gives to whoever asks for any: no connection of another program can have taken one
 * before it is used.
 */
const FIRST_PORT = 20_000;
const END_PORT = 32_768;

/** A TCP port of loopback that nobody listens on, for programs that have to be told one. */
export async function freePort(): Promise<number> {
    for (;;) {
        const port = randomInt(FIRST_PORT, END_PORT);
        if (await isFree(port)) {
            return port;
        }
    }
}

function isFree(port: number): Promise<boolean> {
    return new Promise((resolve, reject) => {
        const server = createServer();
        server.once('error', (error: NodeJS.ErrnoException) =>
            error.code === 'EADDRINUSE' ? resolve(false) : reject(error)
        );
        server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
    });
}
