import { AddressInfo, createServer, Server, Socket } from 'node:net';
import { once } from 'node:events';
import { expect } from 'chai';
import { FrameFields, FrameParser } from './management-frames';
import { ManagementSocket } from './management-socket';

describe('The management socket', () => {
    let server: Server;
    let pieces: string[];
    let peer: Promise<Socket>;

    beforeEach(async () => {
        pieces = [];
        server = createServer();
        peer = once(server, 'connection').then(([socket]: Socket[]) => {
            socket!.setEncoding('utf8').on('data', (text: unknown) => pieces.push(String(text)));
            return socket!;
        });
        server.listen(0, '127.0.0.1');
        await once(server, 'listening');
    });

    afterEach(() => server.close());

    const frames = (): FrameFields[] => {
        const parser = new FrameParser();
        return pieces.flatMap(piece => parser.push(piece));
    };

    it('hands over what one turn tells in its order, in far fewer pieces, and the last before it closes', async () => {
        const socket = await ManagementSocket.connect((server.address() as AddressInfo).port);
        const ended = once(await peer, 'end');
        for (let i = 0; i < 1000; i++) {
            socket.send({ Type: 'STOP', File: `folder/file ${i}` });
        }
        await socket.close();
        socket.send({ Type: 'STATS' });
        await ended;
        const heard = frames();
        expect(heard.map(frame => frame['File'])).to.deep.equal(
            Array.from({ length: 1000 }, (_, i) => `folder/file ${i}`)
        );
        expect(pieces.length).to.be.below(100);
    });

    it('tells at the end of the turn, without being closed', async () => {
        const socket = await ManagementSocket.connect((server.address() as AddressInfo).port);
        const heard = once(await peer, 'data');
        socket.send({ Type: 'INIT' });
        await heard;
        expect(frames()).to.deep.equal([{ Type: 'INIT' }]);
        await socket.close();
    });
});
