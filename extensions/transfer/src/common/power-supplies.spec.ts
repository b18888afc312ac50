import { expect } from 'chai';
import { batteryOfPmset, runsOnBattery, type PowerSupply } from './power-supplies';

const mains = (online: string): PowerSupply => ({ type: 'Mains', online });
const battery = (status: string, scope?: string): PowerSupply => ({ type: 'Battery', status, scope });

describe('supplies of power', () => {
    const rows: ReadonlyArray<readonly [string, readonly PowerSupply[], boolean | undefined]> = [
        ['a computer without a battery', [], false],
        ['mains, a battery that charges', [mains('1'), battery('Charging')], false],
        ['mains, a battery that is used up all the same', [mains('1'), battery('Discharging')], false],
        ['no mains', [mains('0'), battery('Discharging')], true],
        ['no mains, a battery that does not say', [mains('0'), battery('Unknown')], true],
        ['no mains, but USB-C', [mains('0'), { type: 'USB', online: '1' }, battery('Charging')], false],
        ['a battery alone that is used', [battery('Discharging')], true],
        ['a battery alone that is charged', [battery('Full')], false],
        ['a battery alone that does not say', [battery('Unknown')], undefined],
        ['two batteries, one of them used', [battery('Unknown'), battery('Discharging')], true],
        ['the battery of a mouse', [battery('Discharging', 'Device')], false]
    ];
    for (const [description, supplies, expected] of rows) {
        it(`tell of ${description}: ${expected ?? 'unknown'}`, () =>
            expect(runsOnBattery(supplies)).to.equal(expected));
    }

    it('are named by pmset', () => {
        const battery0 = ' -InternalBattery-0 (id=1)\t96%; discharging; 4:10 remaining present: true\n';
        expect(batteryOfPmset(`Now drawing from 'Battery Power'\n${battery0}`)).to.equal(true);
        expect(batteryOfPmset(`Now drawing from 'AC Power'\n${battery0}`)).to.equal(false);
        expect(batteryOfPmset("Now drawing from 'UPS Power'\n")).to.equal(undefined);
        expect(batteryOfPmset('')).to.equal(undefined);
    });
});
