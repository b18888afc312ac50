import { ConnectError } from '@connect/base';
import { VirtualClock } from '@connect/base/lib/testing/virtual-clock';
import { ConnectDatabaseStore } from '@connect/security/lib/node/connect-database-store';
import { ConnectHome } from '@connect/security/lib/node/connect-home';
import { ILogger } from '@theia/core/lib/common/logger';
import { MockLogger } from '@theia/core/lib/common/test/mock-logger';
import { Container } from '@theia/core/shared/inversify';
import { expect } from 'chai';
import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import { JobEvidenceStore } from './job-evidence-store';

describe('evidence of jobs', () => {
    let folder: string;
    let clock: VirtualClock;

    beforeEach(() => {
        folder = fs.mkdtempSync(path.join(tmpdir(), 'connect-evidence-'));
        clock = new VirtualClock();
    });

    afterEach(() => fs.rmSync(folder, { recursive: true, force: true }));

    /** What one backend has. */
    const open = (): { store: JobEvidenceStore; close(): void } => {
        const container = new Container();
        container.bind(ConnectHome).toConstantValue(Object.assign(new ConnectHome(), { root: folder }));
        container.bind(ConnectDatabaseStore).toSelf().inSingletonScope();
        container.bind(ILogger).to(MockLogger);
        container.bind(JobEvidenceStore).toSelf().inSingletonScope();
        const store = container.get(JobEvidenceStore);
        store.open();
        return { store, close: () => container.get(ConnectDatabaseStore).close() };
    };

    const run = (finished: Promise<never>) => ({
        engineId: 'connect-cp',
        run: { finished, stop: () => undefined, setRate: () => undefined }
    });

    it('is there while the job runs, and after a restart', async () => {
        const first = open();
        let fail!: (error: ConnectError) => void;
        const finished = new Promise<never>((_resolve, reject) => (fail = reject));
        await first.store.follow(
            'j',
            async recorder => {
                recorder.stage({ stage: 'tcp', tookMs: 3, facts: { port: 22 } }, 5);
                return run(finished);
            },
            clock
        );
        expect(first.store.get('j')).to.deep.include({ engineId: 'connect-cp', files: [] });
        expect(first.store.get('j')?.endedMs).to.equal(undefined);
        fail(new ConnectError('transfer.udp-blocked', 'silence'));
        await finished.catch(() => undefined);
        await new Promise(resolve => setImmediate(resolve));
        first.close();
        const second = open();
        const evidence = second.store.get('j');
        expect(evidence?.stages[0]).to.include({ stage: 'tcp', state: 'ok', atMs: 5 });
        expect(evidence?.error).to.deep.include({ code: 'transfer.udp-blocked', message: 'silence' });
        second.store.forget('j');
        expect(second.store.get('j')).to.equal(undefined);
        second.close();
    });

    it('tells why no engine could be started, and passes that on', async () => {
        const { store, close } = open();
        const refused = new ConnectError('transfer.connect-refused', 'no');
        const result = store.follow('j', () => Promise.reject(refused), clock);
        expect(await result.catch((error: unknown) => error)).to.equal(refused);
        expect(store.get('j')?.error?.code).to.equal('transfer.connect-refused');
        close();
    });

    it('is that of the last run alone, and none of a job that is gone', async () => {
        const { store, close } = open();
        const launch = (code: 'transfer.no-space' | 'transfer.exists') =>
            store
                .follow('j', () => Promise.reject(new ConnectError(code, code)), clock)
                .catch(() => undefined);
        await launch('transfer.no-space');
        await launch('transfer.exists');
        expect(store.get('j')?.error?.code).to.equal('transfer.exists');
        let end!: () => void;
        const finished = new Promise<never>((_resolve, reject) => (end = () => reject(new Error('late'))));
        await store.follow('k', async () => run(finished), clock);
        store.forget('k');
        end();
        await finished.catch(() => undefined);
        await new Promise(resolve => setImmediate(resolve));
        expect(store.get('k')).to.equal(undefined);
        close();
    });
});
