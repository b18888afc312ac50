// Runs at the client's end of a path, where connect-cp's management socket is: what arrives there goes to standard
// output as lines of JSON, and frames that come in on standard input go out on the socket.
import { createServer, Socket } from 'node:net';
import { createInterface } from 'node:readline';
import { encodeFrame, FrameFields, FrameParser } from '@connect/transport/lib/cli/management-frames';
import { TapEvent } from './management-tap';

let current: Socket | undefined;

const say = (event: TapEvent): void => {
    process.stdout.write(`${JSON.stringify(event)}\n`);
};

const server = createServer(socket => {
    const parser = new FrameParser();
    current = socket;
    socket.setEncoding('utf8').setNoDelay(true);
    socket.on('data', (text: unknown) => {
        const atMs = Date.now();
        parser.push(String(text)).forEach(frame => say({ atMs, frame }));
    });
    socket.on('error', () => socket.destroy());
    socket.on('close', () => say({ atMs: Date.now(), frame: { Type: 'CLOSED' } }));
});
server.listen(0, '127.0.0.1', () => {
    const address = server.address();
    say({ atMs: Date.now(), frame: { Type: 'LISTENING', Port: String((address as { port: number }).port) } });
});
createInterface({ input: process.stdin })
    .on('line', line => current?.write(encodeFrame(JSON.parse(line) as FrameFields)))
    .on('close', () => process.exit(0));
