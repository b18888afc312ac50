import { ConnectError } from '@connect/base';
import { expect } from 'chai';
import { ChunkHash } from '../proto/meta-records';
import { ToldChecks } from './early-checks';

const item = (chunk: number): ChunkHash => ({ chunk, hash: Buffer.alloc(32, chunk) });

describe('hashes that are told while a file is read', () => {
    it('are told in parts, each once, and the rest with the decision', () => {
        const told: number[][] = [];
        const checks = new ToldChecks({
            present: ({ start, end }) => void told.push([start, end]),
            hashes: hashes => void told.push(hashes.map(({ chunk }) => chunk))
        });
        const all = Array.from({ length: 70 }, (_, chunk) => item(chunk));
        checks.onPresent({ start: 0, end: 70 });
        all.forEach(each => checks.onHash(each));
        const rest = checks.rest([...all, item(99)], 'a').map(({ chunk }) => chunk);
        expect(told.map(part => part.length)).to.deep.equal([2, 32, 32]);
        expect([...told.slice(1).flat(), ...rest]).to.deep.equal([...all.map(({ chunk }) => chunk), 99]);
    });

    it('do not wait for holes, nor hurry because of them', () => {
        const told: number[] = [];
        const checks = new ToldChecks({
            present: () => undefined,
            hashes: hashes => void told.push(hashes.length)
        });
        for (let chunk = 0; chunk < 10_000; chunk++) {
            checks.onHash(item(chunk), chunk >= 40);
        }
        expect(told).to.deep.equal([32]);
    });

    it('are the rest alone where there are few', () => {
        const checks = new ToldChecks({
            present: () => undefined,
            hashes: () => expect.fail('nothing is told early')
        });
        checks.onHash(item(0));
        expect(checks.rest([item(0), item(1)], 'a')).to.have.length(2);
        expect(checks.rest([], 'a')).to.have.length(0);
    });

    it('are those of the decision, or it is given up', () => {
        const checks = new ToldChecks({ present: () => undefined, hashes: () => undefined });
        const all = Array.from({ length: 40 }, (_, chunk) => item(chunk));
        all.forEach(each => checks.onHash(each));
        for (const others of [[], all.slice(0, 10), all.map(({ chunk }) => item(chunk))]) {
            expect(() => checks.rest(others, 'a'))
                .to.throw(ConnectError)
                .with.property('code', 'transfer.target-differs');
        }
    });
});
