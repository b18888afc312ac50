import { expect } from 'chai';
import { BEGIN_MS, END_MS, SettledFacts } from './settled-facts';

describe('facts that have settled', () => {
    let facts: SettledFacts;
    beforeEach(() => {
        facts = new SettledFacts();
    });

    it('are what is read first, at once', () => {
        expect(facts.isKnown).to.equal(false);
        facts.take(0, { onBattery: true });
        expect(facts.isKnown).to.equal(true);
        expect(facts.current).to.deep.equal({ onBattery: true });
        expect(facts.nextMs).to.equal(undefined);
    });

    it('change when a reading has lasted', () => {
        facts.take(0, { onBattery: false, metered: false });
        facts.take(100, { onBattery: true, metered: false });
        expect(facts.current.onBattery, 'not yet').to.equal(false);
        expect(facts.nextMs).to.equal(100 + BEGIN_MS);
        facts.advance(100 + BEGIN_MS - 1);
        expect(facts.current.onBattery).to.equal(false);
        facts.advance(100 + BEGIN_MS);
        expect(facts.current).to.deep.equal({ onBattery: true, metered: false });
        facts.take(50_000, { onBattery: false, metered: false });
        facts.advance(50_000 + END_MS - 1);
        expect(facts.current.onBattery).to.equal(true);
        facts.advance(50_000 + END_MS);
        expect(facts.current.onBattery).to.equal(false);
    });

    it('stay while readings flap, in either state', () => {
        for (const settled of [false, true]) {
            facts = new SettledFacts();
            facts.take(0, { metered: settled });
            for (let ms = 1_000; ms < 120_000; ms += 1_000) {
                facts.take(ms, { metered: (ms / 1_000) % 2 === 0 ? settled : !settled });
                facts.advance(ms + 999);
                expect(facts.current.metered, `${ms} ms`).to.equal(settled);
            }
        }
    });

    it('count from the first of several readings that say the same', () => {
        facts.take(0, { metered: true });
        facts.take(1_000, { metered: false });
        facts.take(9_000, { metered: false, onBattery: false });
        facts.advance(1_000 + END_MS);
        expect(facts.current).to.deep.equal({ metered: false, onBattery: false });
    });

    it('let go of what is not known any more, and say at once what changes nothing', () => {
        facts.take(0, { onBattery: true });
        facts.take(1_000, {});
        expect(facts.current).to.deep.equal({ onBattery: true });
        facts.advance(1_000 + END_MS);
        expect(facts.current).to.deep.equal({});
        facts.take(20_000, { onBattery: false });
        expect(facts.current).to.deep.equal({ onBattery: false });
    });
});
