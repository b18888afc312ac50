import { expect } from 'chai';
import { WriteTurns } from './write-turns';

const MIB = 1024 * 1024;

/** A file whose writes end when they are told to. */
class SlowFile {
    readonly turns: Array<{ position: number; lengths: number[] }> = [];
    private ends: Array<(error?: Error) => void> = [];

    readonly writeParts = (parts: readonly Uint8Array[], position: number): Promise<void> => {
        this.turns.push({ position, lengths: parts.map(({ length }) => length) });
        return new Promise((resolve, reject) => this.ends.push(error => (error ? reject(error) : resolve())));
    };

    get running(): number {
        return this.ends.length;
    }

    async end(error?: Error): Promise<void> {
        this.ends.shift()!(error);
        await new Promise(resolve => setImmediate(resolve));
    }
}

describe('writing to a file in turns', () => {
    it('takes along what has gathered and lies side by side, in whatever order it came', async () => {
        const file = new SlowFile();
        const turns = new WriteTurns(file.writeParts);
        const done: string[] = [];
        const write = (name: string, length: number, position: number): void => {
            void turns.write(new Uint8Array(length), position).then(() => done.push(name));
        };
        write('a', 10, 0);
        write('d', 4, 40);
        write('c', 10, 20);
        write('b', 10, 10);
        expect(file.turns).to.deep.equal([{ position: 0, lengths: [10] }]);
        await file.end();
        expect(done).to.deep.equal(['a']);
        expect(file.turns.slice(1)).to.deep.equal([{ position: 40, lengths: [4] }]);
        await file.end();
        expect(file.turns.slice(2)).to.deep.equal([{ position: 20, lengths: [10] }]);
        await file.end();
        write('e', 10, 30);
        expect(file.turns.slice(3)).to.deep.equal([{ position: 10, lengths: [10] }]);
        await file.end();
        await file.end();
        expect(done).to.deep.equal(['a', 'd', 'c', 'b', 'e']);
        expect(file.running).to.equal(0);
    });

    it('writes the followers of the first in one turn, of bounded size', async () => {
        const file = new SlowFile();
        const turns = new WriteTurns(file.writeParts);
        const all = Promise.all(
            Array.from({ length: 12 }, (_, i) => turns.write(new Uint8Array(MIB), i * MIB))
        );
        await file.end();
        expect(file.turns[1]).to.deep.equal({ position: MIB, lengths: Array<number>(8).fill(MIB) });
        await file.end();
        expect(file.turns[2]).to.deep.equal({ position: 9 * MIB, lengths: Array<number>(3).fill(MIB) });
        await file.end();
        await all;
    });

    it('tells each what became of it when a turn fails, and goes on', async () => {
        const file = new SlowFile();
        const turns = new WriteTurns(file.writeParts);
        const results = ['a', 'b', 'c', 'd'].map((_, i) =>
            turns.write(new Uint8Array(1), i < 3 ? i : 100).then(
                () => 'written',
                (error: Error) => error.message
            )
        );
        await file.end();
        expect(file.turns[1]).to.deep.equal({ position: 1, lengths: [1, 1] });
        await file.end(new Error('full'));
        await file.end();
        await file.end(new Error('still full'));
        await file.end();
        expect(await Promise.all(results)).to.deep.equal(['written', 'written', 'still full', 'written']);
        expect(file.turns.slice(2).map(({ position }) => position)).to.deep.equal([1, 2, 100]);
    });
});
