import { expect } from 'chai';
import { networkPreferences } from './network-preferences';
import {
    complaintAboutValue,
    listText,
    numberText,
    parseList,
    parseNumber,
    RATE_UNITS,
    TIME_UNITS,
    unitFor
} from './setting-values';

describe('values of settings', () => {
    for (const [value, units, label, text] of [
        [30, TIME_UNITS, 'seconds', '30'],
        [90, TIME_UNITS, 'seconds', '90'],
        [120, TIME_UNITS, 'minutes', '2'],
        [7200, TIME_UNITS, 'hours', '2'],
        [5400, TIME_UNITS, 'minutes', '90'],
        [0.5, RATE_UNITS, 'Kbps', '500'],
        [25, RATE_UNITS, 'Mbps', '25'],
        [1.0005, RATE_UNITS, 'Kbps', '1000.5'],
        [0.0001, RATE_UNITS, 'Kbps', '0.1']
    ] as const) {
        it(`${value} reads as ${text} ${label}, and back`, () => {
            const unit = unitFor(value, units);
            expect(unit.label).to.equal(label);
            expect(numberText(value, unit)).to.equal(text);
            expect(parseNumber(text, unit)).to.equal(value);
        });
    }

    it('takes a comma for the point, and no words', () => {
        expect(parseNumber(' 1,5 ', undefined)).to.equal(1.5);
        for (const text of ['', 'soon', '1.2.3', '0x10', '1e3', '5 Mbps']) {
            expect(parseNumber(text, undefined), text).to.equal(undefined);
        }
    });

    it('reads lists', () => {
        expect(parseList(' a, .b.c,\n,10.0.0.0/8 ')).to.deep.equal(['a', '.b.c', '10.0.0.0/8']);
        expect(listText(['a', '.b'])).to.equal('a, .b');
    });

    const seconds = TIME_UNITS[0];
    for (const [value, schema, unit, expected] of [
        [5, { type: 'integer', minimum: 1, maximum: 9 }, undefined, undefined],
        [undefined, { type: 'integer' }, undefined, 'Enter a number.'],
        [NaN, { type: 'number' }, undefined, 'Enter a number.'],
        [1.5, { type: 'integer' }, undefined, 'Enter a whole number.'],
        [0, { type: 'number', minimum: 1 }, seconds, 'Not less than 1 seconds.'],
        [90_000, { type: 'number', maximum: 86_400 }, TIME_UNITS[2], 'Not more than 24 hours.'],
        ['x', { type: 'string', enum: ['a'] }, undefined, 'Choose one of the values.'],
        ['a', { type: 'string', enum: ['a'] }, undefined, undefined],
        ['x', { type: 'string', pattern: '^a' }, undefined, 'This does not have the right form.']
    ] as const) {
        it(`${String(value)} for ${JSON.stringify(schema)}: ${expected ?? 'no complaint'}`, () => {
            expect(complaintAboutValue(value, schema, unit)).to.equal(expected);
        });
    }

    it('know fingerprints', () => {
        const schema = networkPreferences['connect.network.faspProxy.certificate'] as object;
        for (const good of ['', `SHA256:${'A'.repeat(43)}`, `${'a'.repeat(43)}=`, 'ab:'.repeat(31) + 'ab']) {
            expect(complaintAboutValue(good, schema), good).to.equal(undefined);
        }
        expect(complaintAboutValue('SHA256:short', schema)).to.contain('fingerprint');
    });
});
