import { expect } from 'chai';
import { despite, holdsOn, isRuled, powerWaits, type PowerAndLink, type PowerRules } from './power-rules';
import type { PowerHold } from './transfer-protocol';

const NONE: PowerRules = { battery: 'no-change', metered: 'no-change' };
const BATTERY: PowerAndLink = { onBattery: true, metered: false };
const METERED: PowerAndLink = { onBattery: false, metered: true };
const BOTH: PowerAndLink = { onBattery: true, metered: true };
const manual = { automatic: false };
const automatic = { automatic: true };

interface Row {
    readonly description: string;
    readonly facts: PowerAndLink;
    readonly rules: Partial<PowerRules>;
    readonly manual: readonly PowerHold[];
    readonly automatic: readonly PowerHold[];
}

const ROWS: readonly Row[] = [
    { description: 'no rule', facts: BOTH, rules: {}, manual: [], automatic: [] },
    {
        description: 'automatic ones on battery',
        facts: BATTERY,
        rules: { battery: 'pause-automatic' },
        manual: [],
        automatic: ['battery']
    },
    {
        description: 'all on battery',
        facts: BATTERY,
        rules: { battery: 'pause-all' },
        manual: ['battery'],
        automatic: ['battery']
    },
    {
        description: 'the rule of the other condition',
        facts: BATTERY,
        rules: { metered: 'pause-all' },
        manual: [],
        automatic: []
    },
    {
        description: 'all on a metered connection',
        facts: METERED,
        rules: { metered: 'pause-all' },
        manual: ['metered'],
        automatic: ['metered']
    },
    {
        description: 'both conditions, each with its rule',
        facts: BOTH,
        rules: { battery: 'pause-all', metered: 'pause-automatic' },
        manual: ['battery'],
        automatic: ['battery', 'metered']
    },
    {
        description: 'what is not known is neither battery nor metered',
        facts: {},
        rules: { battery: 'pause-all', metered: 'pause-all' },
        manual: [],
        automatic: []
    },
    {
        description: 'mains power and a free connection',
        facts: { onBattery: false, metered: false },
        rules: { battery: 'pause-all', metered: 'pause-all' },
        manual: [],
        automatic: []
    }
];

describe('rules for battery and metered connections', () => {
    for (const row of ROWS) {
        it(`holds what it should: ${row.description}`, () => {
            const waits = powerWaits(row.facts, { ...NONE, ...row.rules });
            expect(holdsOn(manual, waits), 'started by hand').to.deep.equal(row.manual);
            expect(holdsOn(automatic, waits), 'automatic').to.deep.equal(row.automatic);
        });
    }

    it('does not hold what a person has started in spite of just that', () => {
        const waits = powerWaits(BOTH, { battery: 'pause-all', metered: 'pause-all' });
        expect(holdsOn({ automatic: true, startedDespite: ['battery'] }, waits)).to.deep.equal(['metered']);
        expect(holdsOn({ automatic: true, startedDespite: ['battery', 'metered'] }, waits)).to.deep.equal([]);
    });

    it('notes what a job is started in spite of, and nothing when nothing holds it', () => {
        const rules: PowerRules = { battery: 'pause-automatic', metered: 'pause-all' };
        expect(despite(automatic, powerWaits(BATTERY, rules))).to.deep.equal(['battery']);
        expect(despite(manual, powerWaits(BATTERY, rules))).to.equal(undefined);
        const started = { automatic: true, startedDespite: ['battery'] as const };
        expect(despite(started, powerWaits(BOTH, rules))).to.deep.equal(['battery', 'metered']);
        expect(despite(started, [])).to.deep.equal(['battery']);
    });

    it('knows which jobs a rule could hold', () => {
        expect(isRuled(automatic, NONE)).to.equal(false);
        expect(isRuled(manual, { ...NONE, battery: 'pause-automatic' })).to.equal(false);
        expect(isRuled(automatic, { ...NONE, battery: 'pause-automatic' })).to.equal(true);
        expect(isRuled(manual, { ...NONE, metered: 'pause-all' })).to.equal(true);
    });
});
