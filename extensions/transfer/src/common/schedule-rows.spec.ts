import { expect } from 'chai';
import { parseSchedule } from './bandwidth-schedule';
import type { Weekday } from './local-time';
import {
    complaintsAbout,
    daysText,
    NEW_ROW,
    rowsOf,
    rowText,
    rulesOf,
    scheduleOf,
    WEEK,
    weekSegments
} from './schedule-rows';

describe('lines of the schedule', () => {
    const setting = [
        { days: ['mon', 'fri'], from: '08:00', to: '18:00', upload: 20, download: 100.5 },
        { from: '22:00', to: '06:00', automaticUpload: 500 }
    ];

    it('read a setting and give the same again', () => {
        expect(scheduleOf(rowsOf(setting))).to.deep.equal(setting);
        expect(rowsOf(setting).map(complaintsAbout)).to.deep.equal([{}, {}]);
    });

    it('show what cannot be read, to be mended', () => {
        expect(rowsOf('nonsense')).to.deep.equal([]);
        const [row] = rowsOf([{ days: ['someday'], from: 8, to: '25:00', upload: 'fast' }]);
        expect(row).to.include({ from: '', to: '25:00', upload: '' });
        expect(Object.keys(complaintsAbout(row))).to.deep.equal(['days', 'from', 'to']);
    });

    for (const [field, text, isGood] of [
        ['from', '8:00', true],
        ['from', ' 23:59 ', true],
        ['from', '24:00', false],
        ['from', '8', false],
        ['to', '24:00', true],
        ['to', '24:01', false],
        ['upload', '', true],
        ['upload', '0', true],
        ['upload', '0,5', true],
        ['upload', '-1', false],
        ['upload', '1e9', false],
        ['automaticDownload', '100001', false]
    ] as const) {
        it(`${isGood ? 'take' : 'refuse'} “${text}” for ${field}`, () => {
            const complaints = complaintsAbout({ ...NEW_ROW, [field]: text });
            expect(Object.keys(complaints)).to.deep.equal(isGood ? [] : [field]);
        });
    }

    it('write times in full, and no limit for none', () => {
        const [rule] = scheduleOf([
            { ...NEW_ROW, from: '8:00', days: [...WEEK], upload: '0', download: '1,5' }
        ]);
        expect(rule).to.deep.equal({ from: '08:00', to: '18:00', download: 1.5 });
    });

    it('say which rule holds when: the first, over midnight, into Monday from Sunday', () => {
        const segments = weekSegments(parseSchedule(setting));
        const night = { from: 0, to: 360, rule: 1 };
        const evening = { from: 1320, to: 1440, rule: 1 };
        const work = { from: 480, to: 1080, rule: 0 };
        expect(segments.map(day => day.length)).to.deep.equal([3, 2, 2, 2, 3, 2, 2]);
        expect(segments[0]).to.deep.equal([night, work, evening]);
        expect(segments[6]).to.deep.equal([night, evening]);
        const covered = parseSchedule([
            { from: '00:00', to: '24:00' },
            { from: '08:00', to: '09:00' }
        ]);
        expect(weekSegments(covered)[3]).to.deep.equal([{ from: 0, to: 1440, rule: 0 }]);
        expect(weekSegments([])).to.deep.equal([[], [], [], [], [], [], []]);
    });

    it('leave lines out that cannot be read, and know where the others stand', () => {
        const rows = rowsOf([{ from: 'x' }, ...setting]);
        expect(rulesOf(rows)).to.deep.equal({ rules: parseSchedule(setting), rows: [1, 2] });
    });

    for (const [days, text] of [
        ['mon tue wed thu fri', 'Mon–Fri'],
        ['mon tue', 'Mon, Tue'],
        ['mon wed thu fri sun', 'Mon, Wed–Fri, Sun'],
        ['sat sun', 'Sat, Sun'],
        ['mon tue wed thu fri sat sun', 'Every day']
    ] as const) {
        it(`name days as ${text}`, () => {
            expect(daysText(days.split(' ') as Weekday[])).to.equal(text);
        });
    }

    it('are read aloud', () => {
        expect(rowsOf(setting).map(rowText)).to.deep.equal([
            'Mon, Fri 08:00–18:00: uploads 20 Mbps, downloads 100.5 Mbps',
            'Every day 22:00–06:00: automatic uploads 500 Mbps'
        ]);
        expect(rowText(NEW_ROW)).to.equal('Mon–Fri 08:00–18:00: no limits');
    });
});
