import { seededRandom } from '@connect/base';
import { expect } from 'chai';
import { SharedBottleneck } from './shared-bottleneck';
import { BbrControl } from './tcp-bbr';
import { CubicControl } from './tcp-cubic';
import { TcpControl, TcpFlow } from './tcp-flow';

const LINK_BPS = 100e6;

function goodputs(controls: readonly TcpControl[], queueBytes: number, loss = 0): number[] {
    const flows = controls.map((control, i) => ({
        flow: new TcpFlow(control),
        startMs: i * 2000,
        back: { delayMs: 20 }
    }));
    const path = new SharedBottleneck(1, { delayMs: 20, rateBps: LINK_BPS, queueBytes, loss }, flows);
    path.run(32_000);
    return flows.map(({ flow }) => (flow.deliveredBytes * 8) / 30 / 1e6);
}

const bbr = (): TcpControl => new BbrControl(seededRandom(5));

describe('TcpFlow', () => {
    it('cubic fills a clean link', () => {
        expect(goodputs([new CubicControl()], 500_000)[0]).to.be.above(90);
    });

    it('cubic falls far below the link with random loss, near what the equation of Reno allows', () => {
        // 1.22 × 1448 B × 8 / (40 ms × √0.01) = 3.5 Mbit/s
        expect(goodputs([new CubicControl()], 500_000, 0.01)[0]).to.be.within(2, 8);
    });

    it('two cubic flows share a link', () => {
        expect(Math.min(...goodputs([new CubicControl(), new CubicControl()], 500_000))).to.be.above(20);
    });

    it('bbr fills a link, also with random loss', () => {
        expect(goodputs([bbr()], 500_000)[0]).to.be.above(90);
        expect(goodputs([bbr()], 500_000, 0.01)[0]).to.be.above(85);
    });

    it('bbr takes most of a short queue from cubic, and not of a long one', () => {
        const short = goodputs([new CubicControl(), bbr()], 125_000);
        expect(short[1]).to.be.above(1.5 * short[0]!);
        const long = goodputs([new CubicControl(), bbr()], 2_000_000);
        expect(long[0]).to.be.above(long[1]!);
    });
});
