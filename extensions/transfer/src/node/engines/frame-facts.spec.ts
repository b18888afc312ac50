import { expect } from 'chai';
import { FrameReader } from './frame-facts';

const SESSION = { Type: 'SESSION', Port: '33001' };

describe('facts of a frame', () => {
    it('are the path when the session begins', () => {
        expect(new FrameReader().read(SESSION)).to.deep.equal({
            statistics: { path: { kind: 'udp', port: 33001, sessions: 1 } }
        });
    });

    it('are the figures of the network, as far as they are told', () => {
        const reader = new FrameReader();
        reader.read(SESSION);
        const stats = {
            Type: 'STATS',
            TransferBytes: '900',
            'X-RttMs': '82.1',
            'X-Packets': '1000',
            'X-PacketsLost': '7',
            'X-Sessions': '3'
        };
        expect(reader.read(stats).statistics).to.deep.equal({
            bytesArrived: 900,
            rttMs: 82.1,
            packetsSent: 1000,
            packetsLost: 7,
            path: { kind: 'udp', port: 33001, sessions: 3 }
        });
        const early = { Type: 'STATS', 'X-RttMs': '0.0', TransferBytes: 'x', 'X-Sessions': '0' };
        expect(reader.read(early).statistics).to.deep.equal({
            path: { kind: 'udp', port: 33001, sessions: 1 }
        });
    });

    it('are the way the data goes on, when it changes', () => {
        const reader = new FrameReader();
        reader.read(SESSION);
        const other = { Type: 'NOTIFICATION', 'X-Path': 'HTTPS', 'X-Proxy': 'proxy:3128', Rate: '9' };
        const path = { kind: 'https', proxy: 'proxy:3128', sessions: 1 };
        expect(reader.read(other)).to.deep.equal({ statistics: { path } });
        expect(reader.read({ Type: 'STATS' }).statistics).to.deep.equal({ path });
        const first = { Type: 'SESSION', 'X-Path': 'HTTPS', Port: '0', TCPPort: '443' };
        expect(reader.read(first).statistics!.path).to.deep.equal({ kind: 'https', port: 443, sessions: 1 });
        expect(reader.read({ Type: 'NOTIFICATION', PreTransferBytes: '9' })).to.deep.equal({});
    });

    it('are files that were settled', () => {
        const reader = new FrameReader();
        expect(reader.read({ Type: 'STOP', File: 'a/b', Size: '9', Written: '9' }).file).to.deep.equal({
            path: 'a/b',
            sizeBytes: 9,
            result: 'done'
        });
        expect(reader.read({ Type: 'SKIP', File: 'c', Size: '1', Description: 'same' }).file).to.deep.equal({
            path: 'c',
            sizeBytes: 1,
            result: 'skipped',
            reason: 'same'
        });
        expect(reader.read({ Type: 'FILEERROR', File: 'c' })).to.deep.equal({});
    });

    it('tells a way that was asked for from one that had to be taken', () => {
        const frame = { Type: 'SESSION', 'X-Path': 'HTTPS', TCPPort: '8443' };
        const path = { kind: 'https', port: 8443, sessions: 1 };
        expect(new FrameReader().read(frame).statistics?.path).to.deep.equal(path);
        expect(new FrameReader(true).read(frame).statistics?.path).to.deep.equal({ ...path, isChosen: true });
        const udp = { Type: 'SESSION', 'X-Path': 'UDP', Port: '1' };
        expect(new FrameReader(true).read(udp).statistics?.path).to.not.have.property('isChosen');
    });
});
