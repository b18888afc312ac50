import { expect } from 'chai';
import { FileCapabilities } from '@connect/api';
import { remoteUri } from '@connect/security/lib/common/remote-uri';
import { DropPayload, DropPlan, DropTarget, outermost, parseUriLines, planDrop } from './drop-plan';
import { notGranted } from './rights';

const ALL: FileCapabilities = {
    browse: true,
    read: true,
    write: true,
    makeFolder: true,
    rename: true,
    delete: true
};
const at = (path: string): string => remoteUri('alpha', path);
const folder = (path: string, rights: FileCapabilities | undefined = ALL): DropTarget => ({
    uri: at(path),
    rights
});
const local: DropTarget = { uri: 'file:///home/ana/in' };
const uris = (...list: string[]): DropPayload => ({ kind: 'uris', uris: list });

interface Row {
    readonly description: string;
    readonly payload: DropPayload;
    readonly target: DropTarget | undefined;
    readonly copy?: boolean;
    /** A refusal is told by a part of its reason. */
    readonly plan: DropPlan | string;
}

const A = 'file:///home/ana/a';
const B = 'file:///home/ana/b';

const ROWS: readonly Row[] = [
    {
        description: 'local files onto a remote folder are uploaded',
        payload: uris(A, B),
        target: folder('/in'),
        plan: { kind: 'upload', sources: [A, B], target: at('/in') }
    },
    {
        description: 'a folder brings its content along, which is not sent twice',
        payload: uris(A, `${A}/inner`, `${A}b`),
        target: folder('/'),
        plan: { kind: 'upload', sources: [A, `${A}b`], target: at('/') }
    },
    {
        description: 'uploading is refused where the server does not grant it',
        payload: uris(A),
        target: folder('/in', { ...ALL, write: false }),
        plan: notGranted('write')
    },
    {
        description: 'unknown rights do not stand in the way',
        payload: uris(A),
        target: { uri: at('/in') },
        plan: { kind: 'upload', sources: [A], target: at('/in') }
    },
    {
        description: 'files of the desktop are uploaded',
        payload: { kind: 'desktop-files' },
        target: folder('/in'),
        plan: { kind: 'upload-dropped', target: at('/in') }
    },
    {
        description: 'files of the desktop are refused before any dialog on a read-only account',
        payload: { kind: 'desktop-files' },
        target: folder('/in', { ...ALL, write: false }),
        plan: notGranted('write')
    },
    {
        description: 'files of the desktop onto a local folder are none of ours',
        payload: { kind: 'desktop-files' },
        target: local,
        plan: { kind: 'nothing' }
    },
    {
        description: 'remote files onto a local folder are downloaded',
        payload: uris(at('/a b'), at('/c')),
        target: local,
        plan: { kind: 'download', sources: [at('/a b'), at('/c')], target: local.uri }
    },
    {
        description: 'a whole account is not downloaded by a slip of the hand',
        payload: uris(at('/')),
        target: local,
        plan: 'not the account itself'
    },
    {
        description: 'files of two accounts are not downloaded in one go',
        payload: uris(at('/a'), remoteUri('beta', '/b')),
        target: local,
        plan: 'one account at a time'
    },
    {
        description: 'local and remote files together are refused on either side',
        payload: uris(A, at('/a')),
        target: local,
        plan: 'not both'
    },
    {
        description: 'local and remote files together are refused by the remote side',
        payload: uris(A, at('/a')),
        target: folder('/in'),
        plan: 'not both'
    },
    {
        description: 'local files onto a local folder are left to the explorer',
        payload: uris(A),
        target: local,
        plan: { kind: 'nothing' }
    },
    {
        description: 'remote files within their account are moved, names intact',
        payload: uris(at('/a/100% #1?'), at('/a/x\ny')),
        target: folder('/b'),
        plan: {
            kind: 'move',
            moves: [
                { from: at('/a/100% #1?'), to: at('/b/100% #1?') },
                { from: at('/a/x\ny'), to: at('/b/x\ny') }
            ]
        }
    },
    {
        description: 'moving to the root of the account',
        payload: uris(at('/a/b')),
        target: folder('/'),
        plan: { kind: 'move', moves: [{ from: at('/a/b'), to: at('/b') }] }
    },
    {
        description: 'what is in the folder already stays, the rest moves',
        payload: uris(at('/b/x'), at('/a/y')),
        target: folder('/b'),
        plan: { kind: 'move', moves: [{ from: at('/a/y'), to: at('/b/y') }] }
    },
    {
        description: 'nothing to move is said',
        payload: uris(at('/b/x')),
        target: folder('/b'),
        plan: 'in this folder already'
    },
    {
        description: 'a folder does not move into itself',
        payload: uris(at('/a')),
        target: folder('/a'),
        plan: 'into itself'
    },
    {
        description: 'a folder does not move below itself',
        payload: uris(at('/a')),
        target: folder('/a/b/c'),
        plan: 'into itself'
    },
    {
        description: 'a folder with a like name is not inside',
        payload: uris(at('/a')),
        target: folder('/ab'),
        plan: { kind: 'move', moves: [{ from: at('/a'), to: at('/ab/a') }] }
    },
    {
        description: 'an account does not move',
        payload: uris(at('/')),
        target: folder('/a'),
        plan: 'account cannot be moved'
    },
    {
        description: 'moving needs the right to rename',
        payload: uris(at('/a')),
        target: folder('/b', { ...ALL, rename: false }),
        plan: notGranted('rename')
    },
    {
        description: 'copying within an account is refused with the way out',
        payload: uris(at('/a')),
        target: folder('/b'),
        copy: true,
        plan: 'cannot copy'
    },
    {
        description: 'from account to account is refused with the way out',
        payload: uris(remoteUri('beta', '/a')),
        target: folder('/b'),
        plan: 'download, then upload'
    },
    {
        description: 'text does nothing',
        payload: { kind: 'other' },
        target: folder('/'),
        plan: { kind: 'nothing' }
    },
    { description: 'no files do nothing', payload: uris(), target: folder('/'), plan: { kind: 'nothing' } },
    {
        description: 'links to elsewhere do nothing',
        payload: uris('https://example.org/a'),
        target: folder('/'),
        plan: { kind: 'nothing' }
    },
    {
        description: 'files beside every folder have no target',
        payload: { kind: 'desktop-files' },
        target: undefined,
        plan: 'onto a folder'
    },
    {
        description: 'what is still hidden by the browser is decided at the drop',
        payload: { kind: 'hidden-uris' },
        target: folder('/a'),
        plan: { kind: 'wait' }
    }
];

describe('planDrop', () => {
    for (const row of ROWS) {
        it(row.description, () => {
            const plan = planDrop(row.payload, row.target, row.copy ?? false);
            if (typeof row.plan === 'string') {
                expect(plan.kind).to.equal('refuse');
                expect((plan as { reason: string }).reason).to.contain(row.plan);
            } else {
                expect(plan).to.deep.equal(row.plan);
            }
        });
    }
});

describe('outermost', () => {
    it('drops doubles and what an ancestor brings along, an account root included', () => {
        expect(outermost([at('/'), at('/a'), at('/a/b')])).to.deep.equal([at('/')]);
        expect(outermost([at('/a/b/c'), at('/a'), at('/a'), at('/ab')])).to.deep.equal([at('/a'), at('/ab')]);
    });
});

describe('parseUriLines', () => {
    it('takes local and remote URIs, one per line', () => {
        expect(parseUriLines(`${A}\n${at('/x\ny')}\r\n`)).to.deep.equal([A, at('/x\ny')]);
    });

    it('takes no other text', () => {
        for (const text of ['', 'hello', 'https://example.org', `${A}\nhello`, 'file://server/share']) {
            expect(parseUriLines(text)).to.deep.equal([]);
        }
    });
});
