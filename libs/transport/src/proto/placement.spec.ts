import { expect } from 'chai';
import { ConnectError } from '@connect/base';
import {
    joinPath,
    lastName,
    linkStaysInside,
    parentOf,
    placeSources,
    planDestination,
    relativePathProblem
} from './placement';

describe('placement', () => {
    describe('placeSources', () => {
        const targets = (paths: string[], base?: string): string[] =>
            placeSources(
                paths.map(path => ({ path })),
                base
            ).placed.map(source => source.target);

        it('puts sources under their last name, or under their path below the base', () => {
            expect(targets(['/a/b', '/a/c/', '/a//d//'])).to.deep.equal(['b', 'c', 'd']);
            expect(targets(['/a/b/c', '/a/d', '/x/y'], '/a')).to.deep.equal(['b/c', 'd', 'y']);
            expect(targets(['/'])).to.deep.equal(['']);
            expect(placeSources([{ path: '/a', target: 'b/c' }]).placed[0]!.target).to.equal('b/c');
        });

        it('rejects the second of two for the same place, and places outside', () => {
            const { placed, rejected } = placeSources([
                { path: '/a/x' },
                { path: '/b/x' },
                { path: '/c', target: '../c' }
            ]);
            expect(placed).to.deep.equal([{ path: '/a/x', target: 'x' }]);
            expect(rejected.map(item => [item.path, item.error.code])).to.deep.equal([
                ['/b/x', 'transfer.exists'],
                ['/c', 'transfer.outside-root']
            ]);
        });
    });

    describe('planDestination', () => {
        const base = {
            destination: '/d/n',
            destinationKind: 'missing',
            sourceCount: 1,
            firstIsFile: true,
            createFolder: false
        } as const;
        const rows: Array<[string, Partial<Parameters<typeof planDestination>[0]>, string]> = [
            ['one file, missing target', {}, 'file /d n'],
            ['one file on a file', { destinationKind: 'file' }, 'file /d n'],
            ['one file at the root', { destination: '/n' }, 'file / n'],
            ['one file, existing folder', { destinationKind: 'directory' }, 'folder /d/n'],
            ['one file, folder wanted', { createFolder: true }, 'folder /d/n'],
            ['one file, trailing slash', { destination: '/d/n/' }, 'folder /d/n'],
            ['one file, the root', { destination: '/', destinationKind: 'directory' }, 'folder /'],
            ['one file, parent', { destination: '/d/..' }, 'folder /d/..'],
            ['several sources', { sourceCount: 2 }, 'folder /d/n'],
            ['a folder', { firstIsFile: false }, 'folder /d/n']
        ];
        rows.forEach(([description, change, expected]) =>
            it(description, () => {
                const plan = planDestination({ ...base, ...change });
                expect(
                    plan.kind === 'file' ? `file ${plan.folder} ${plan.name}` : `folder ${plan.folder}`
                ).to.equal(expected);
            })
        );

        it('refuses a file where a folder is needed', () => {
            expect(() => planDestination({ ...base, destinationKind: 'file', sourceCount: 2 }))
                .to.throw(ConnectError)
                .with.property('code', 'transfer.not-a-directory');
        });
    });

    describe('relativePathProblem', () => {
        const rows: Array<[string, string | undefined]> = [
            ['a', undefined],
            ['a/b c/-rf/...', undefined],
            ['ü'.repeat(127), undefined],
            ['', 'transfer.illegal-name'],
            ['/a', 'transfer.illegal-name'],
            ['a//b', 'transfer.illegal-name'],
            ['a/', 'transfer.illegal-name'],
            ['a/./b', 'transfer.illegal-name'],
            ['a\0b', 'transfer.illegal-name'],
            ['..', 'transfer.outside-root'],
            ['a/../b', 'transfer.outside-root'],
            ['a'.repeat(256), 'transfer.path-too-long'],
            ['ü'.repeat(128), 'transfer.path-too-long'],
            [Array(2100).fill('a').join('/'), 'transfer.path-too-long']
        ];
        rows.forEach(([path, code]) =>
            it(`${JSON.stringify(path.slice(0, 20))}… → ${code ?? 'fine'}`, () =>
                expect(relativePathProblem(path)?.code).to.equal(code))
        );
    });

    describe('linkStaysInside', () => {
        const rows: Array<[string, string, boolean]> = [
            ['l', 'file', true],
            ['a/l', '../file', true],
            ['a/b/l', '../../c/d', true],
            ['l', '../file', false],
            ['a/l', '../../file', false],
            ['l', '/etc/passwd', false],
            ['a/l', 'b/../c', false],
            ['a/l', './../c', true],
            ['a/l', '.', true],
            ['l', '', false]
        ];
        rows.forEach(([path, target, inside]) =>
            it(`${path} → ${target} ${inside ? 'stays inside' : 'leads out'}`, () =>
                expect(linkStaysInside(path, target)).to.equal(inside))
        );
    });

    it('takes paths apart and joins them', () => {
        expect([joinPath('', 'a'), joinPath('/', 'a'), joinPath('/b', 'a'), joinPath('b', '')]).to.deep.equal(
            ['a', '/a', '/b/a', 'b']
        );
        expect([parentOf('a'), parentOf('/a'), parentOf('a/b'), parentOf('/a/b')]).to.deep.equal([
            '',
            '/',
            'a',
            '/a'
        ]);
        expect([lastName('/a/b/'), lastName('/'), lastName('a/..')]).to.deep.equal(['b', '', '']);
    });
});
