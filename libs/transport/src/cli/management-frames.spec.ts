import { ConnectError } from '@connect/base';
import { expect } from 'chai';
import { encodeFrame, FrameParser } from './management-frames';

describe('management frames', () => {
    it('are a header, named lines and an empty line', () => {
        expect(encodeFrame({ Type: 'STATS', Rate: '300000' })).to.equal(
            'FASPMGR 2\nType: STATS\nRate: 300000\n\n'
        );
    });

    it('carry any value, line ends and escapes included', () => {
        const values = [
            'plain',
            'a\nb',
            'a\rb',
            '\u001b',
            '\u001bn',
            '\u001b\u001b\n',
            '',
            ' leading',
            'a: b',
            'ä 🎈'
        ];
        for (const value of values) {
            const text = encodeFrame({ Type: 'STOP', File: value });
            expect(text.split('\n'), JSON.stringify(value)).to.have.length(5);
            expect(new FrameParser().push(text)).to.deep.equal([{ Type: 'STOP', File: value }]);
        }
    });

    it('are found in text cut anywhere', () => {
        const text = encodeFrame({ Type: 'RATE', Rate: '5' }) + encodeFrame({ Type: 'CANCEL' });
        for (let cut = 0; cut <= text.length; cut++) {
            const parser = new FrameParser();
            const frames = [...parser.push(text.slice(0, cut)), ...parser.push(text.slice(cut))];
            expect(frames).to.deep.equal([{ Type: 'RATE', Rate: '5' }, { Type: 'CANCEL' }]);
        }
    });

    it('may end their lines in CR LF', () => {
        expect(new FrameParser().push('FASPMGR 2\r\nType: CANCEL\r\n\r\n')).to.deep.equal([
            { Type: 'CANCEL' }
        ]);
    });

    const wrong: ReadonlyArray<readonly [string, string]> = [
        ['text outside a frame', 'hello\n'],
        ['another version', 'FASPMGR 3\n'],
        ['a line without a name', 'FASPMGR 2\nnothing\n'],
        ['a line that never ends', 'x'.repeat(70_000)],
        ['a frame that never ends', `FASPMGR 2\n${'Name: value\n'.repeat(7000)}`]
    ];
    for (const [description, text] of wrong) {
        it(`refuses ${description}`, () => {
            const failure = catchError(() => new FrameParser().push(text));
            expect(ConnectError.is(failure, 'transfer.protocol')).to.equal(true);
        });
    }
});

function catchError(work: () => unknown): unknown {
    try {
        work();
        return undefined;
    } catch (error) {
        return error;
    }
}
