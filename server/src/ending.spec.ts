import { expect } from 'chai';
import { awaitEndings } from './ending';
import { LogData } from './log';

const NEVER = new Promise<void>(() => undefined);
const LONG_MS = 60_000;

describe('the end of the server', () => {
    it('waits for every part, and says nothing when none is late', async () => {
        const said: string[] = [];
        let end!: () => void;
        const ended = new Promise<void>(resolve => (end = resolve));
        const waiting = awaitEndings(
            [
                { what: 'a', ended },
                { what: 'b', ended: Promise.resolve() }
            ],
            event => said.push(event),
            { tellEveryMs: LONG_MS, giveUpMs: LONG_MS }
        );
        const first = await Promise.race([waiting, new Promise(resolve => setImmediate(resolve, 'waits'))]);
        expect(first).to.equal('waits');
        end();
        expect(await waiting).to.deep.equal([]);
        expect(said).to.deep.equal([]);
    });

    it('says what it waits for', async () => {
        let end!: () => void;
        const ended = new Promise<void>(resolve => (end = resolve));
        const said: Array<readonly [string, LogData | undefined]> = [];
        const log = (event: string, data?: LogData): void => {
            said.push([event, data]);
            end();
        };
        const parts = [
            { what: 'a', ended },
            { what: 'b', ended: Promise.resolve() },
            { what: 'c', ended }
        ];
        expect(await awaitEndings(parts, log, { tellEveryMs: 1, giveUpMs: LONG_MS })).to.deep.equal([]);
        expect(said[0]).to.deep.equal(['stopping-waits', { for: 'a; c' }]);
    });

    it('leaves behind what does not end', async () => {
        const parts = [
            { what: 'a', ended: NEVER },
            { what: 'b', ended: Promise.resolve() }
        ];
        const left = await awaitEndings(parts, () => undefined, { tellEveryMs: LONG_MS, giveUpMs: 1 });
        expect(left).to.deep.equal(['a']);
    });
});
