import { expect } from 'chai';
import { PathMtuSearch } from './path-mtu-search';

const BASE = 1140;
const CEILING = 1440;

/** Probes until the search has nothing more to ask; returns the sizes. */
function search(mtu: PathMtuSearch, pathBytes: number, nowMs = 0): number[] {
    const probed: number[] = [];
    for (let bytes = mtu.nextProbe(nowMs); bytes !== undefined; bytes = mtu.nextProbe(nowMs)) {
        probed.push(bytes);
        expect(mtu.nextProbe(nowMs), 'one probe at a time').to.equal(undefined);
        mtu.onProbe(nowMs, bytes, bytes <= pathBytes);
    }
    return probed;
}

describe('PathMtuSearch', () => {
    it('begins with the base and is done with one probe on an ordinary path', () => {
        const mtu = new PathMtuSearch(BASE, CEILING);
        expect(mtu.currentBytes).to.equal(BASE);
        expect(search(mtu, 1440)).to.deep.equal([CEILING]);
        expect(mtu.currentBytes).to.equal(CEILING);
    });

    for (const pathBytes of [1141, 1220, 1360, 1380, 1432, 1439]) {
        it(`finds ${pathBytes} within eight bytes, in few probes`, () => {
            const mtu = new PathMtuSearch(BASE, CEILING);
            expect(search(mtu, pathBytes).length).to.be.at.most(25);
            expect(mtu.currentBytes).to.be.within(pathBytes - 8, pathBytes);
        });
    }

    it('takes a size for too large only when three probes of it are lost', () => {
        const mtu = new PathMtuSearch(BASE, CEILING);
        for (const arrived of [false, false, true]) {
            expect(mtu.nextProbe(0)).to.equal(CEILING);
            mtu.onProbe(0, CEILING, arrived);
        }
        expect(mtu.currentBytes).to.equal(CEILING);
    });

    it('has nothing to find out when the user wants small datagrams', () => {
        const mtu = new PathMtuSearch(BASE, 600);
        expect(mtu.nextProbe(0)).to.equal(undefined);
        expect(mtu.currentBytes).to.equal(600);
    });

    it('tries again after ten minutes, not before', () => {
        const mtu = new PathMtuSearch(BASE, CEILING);
        search(mtu, 1300);
        expect(mtu.nextProbe(599_000)).to.equal(undefined);
        search(mtu, 1440, 600_000);
        expect(mtu.currentBytes).to.equal(CEILING);
    });

    it('falls back to the base when only small packets get through, and searches again', () => {
        const mtu = new PathMtuSearch(BASE, CEILING);
        search(mtu, 1440);
        const evidence = (packetsLost: number, streamBytesAcknowledged = 1e6) => ({
            packetsLost,
            streamBytesAcknowledged,
            smoothedRttMs: 100
        });
        expect(mtu.checkBlackHole(0, evidence(0, 0))).to.equal(false);
        expect(mtu.checkBlackHole(500, evidence(10)), 'something arrived').to.equal(false);
        expect(mtu.checkBlackHole(1400, evidence(30)), 'not for long').to.equal(false);
        expect(mtu.checkBlackHole(1600, evidence(30))).to.equal(true);
        expect(mtu.currentBytes).to.equal(BASE);
        search(mtu, 1300);
        expect(mtu.currentBytes).to.be.within(1292, 1300);
    });

    it('silence is no black hole', () => {
        const mtu = new PathMtuSearch(BASE, CEILING);
        search(mtu, 1440);
        const silent = { packetsLost: 3, streamBytesAcknowledged: 1e6, smoothedRttMs: 100 };
        for (let ms = 0; ms < 60_000; ms += 250) {
            expect(mtu.checkBlackHole(ms, silent)).to.equal(false);
        }
    });
});
