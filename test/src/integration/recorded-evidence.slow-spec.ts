import type { Job } from '@connect/transfer/lib/common/transfer-protocol';
import { explainJob, type Explanation } from '@connect/transfer/lib/common/diagnosis/explain-job';
import { DiagnosisWindow } from '@connect/transfer/lib/node/diagnosis/diagnosis-window';
import { JobEvidenceStore } from '@connect/transfer/lib/node/diagnosis/job-evidence-store';
import { ReportWriter } from '@connect/transfer/lib/node/diagnosis/report-writer';
import { TestTargets } from '@connect/transfer/lib/node/diagnosis/test-targets';
import { expect } from 'chai';
import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import { join } from 'node:path';
import { TransferBackend } from '../support/transfer-backend';
import { PASSWORD, TransferBench } from '../support/transfer-bench';
import { writeNoise } from '../support/trees';
import { freePort } from '../support/free-port';

const isRoot = process.getuid?.() === 0;

describe('what a run records', () => {
    let bench: TransferBench;
    let source: string;

    before(async () => {
        bench = await TransferBench.start();
        source = join(bench.local, 'source.bin');
        writeNoise(source, 1, 3_000_000);
    });

    after(() => bench.dispose());

    const window = ({ container, service }: TransferBackend): DiagnosisWindow =>
        new DiagnosisWindow(
            {
                transfers: service,
                evidence: container.get(JobEvidenceStore),
                targets: container.get(TestTargets),
                reports: container.get(ReportWriter)
            },
            { onTestProgress: () => undefined }
        );

    const explained = async (backend: TransferBackend, job: Job): Promise<Explanation> =>
        explainJob(job, { evidence: await window(backend).evidence(job.id), isPaused: false, nowMs: 0 });

    const failedStage = ({ rows }: Explanation): string | undefined =>
        rows.find(({ state }) => state === 'failed')?.id;
    const passed = ({ rows }: Explanation): string[] =>
        rows.filter(({ state }) => state === 'ok').map(({ id }) => id);

    /** One job, with retries switched off. */
    const failing = async (
        work: (backend: TransferBackend) => Promise<void>,
        udpPort?: number,
        of: TransferBench = bench
    ): Promise<void> => {
        const backend = new TransferBackend(of, udpPort);
        backend.set('connect.transfers.retry.enabled', false);
        backend.set('connect.network.httpsFallback', 'never');
        try {
            await work(backend);
        } finally {
            backend.dispose();
        }
    };

    it('tells of UDP that nobody answers, and HTTPS alone brings the files', async function () {
        this.timeout(90_000);
        await failing(
            async backend => {
                const job = await backend.upload(source, '/');
                const told = await explained(backend, job);
                expect(failedStage(told), JSON.stringify(job.error)).to.equal('udp');
                expect(passed(told)).to.include.members(['name', 'tcp', 'host-key', 'login', 'session']);
                const offered = told.actions[0];
                expect(offered).to.deep.equal({ action: 'retry-https', label: 'Retry over HTTPS Only' });
                await window(backend).mend(job.id, { kind: 'https' });
                const done = await backend.settled(job.id);
                expect(done.state).to.equal('completed');
                expect((await window(backend).evidence(job.id))?.stages.map(({ stage }) => stage)).to.include(
                    'https'
                );
            },
            await freePort()
        );
    });

    it('tells of the session that failed, when there are several', async function () {
        this.timeout(90_000);
        await failing(
            async backend => {
                backend.set('connect.transfers.multiSession.enabled', true);
                backend.set('connect.transfers.multiSession.threshold', 0);
                backend.set('connect.transfers.multiSession.sessions', 2);
                backend.set('connect.transfers.multiSession.startupInterval', 0);
                const job = await backend.upload(source, '/several/');
                const told = await explained(backend, job);
                expect(failedStage(told)).to.equal('udp');
                expect(passed(told)).to.include.members(['name', 'tcp', 'host-key', 'login', 'session']);
                const { stages = [] } = (await window(backend).evidence(job.id)) ?? {};
                const udp = stages.find(({ stage }) => stage === 'udp');
                expect(udp?.state, 'told by a session').to.equal('failed');
            },
            await freePort()
        );
    });

    it('tells of another host key', async () => {
        const address = { ...bench.address, fingerprint: `SHA256:${'A'.repeat(43)}` };
        const other = Object.create(bench, { address: { value: address } }) as TransferBench;
        await failing(
            async backend => {
                const told = await explained(backend, await backend.upload(source, '/other-key/'));
                expect(failedStage(told)).to.equal('host-key');
                expect(told.actions[0].action).to.equal('review-host-key');
                expect(JSON.stringify(told.rows)).to.contain(bench.address.fingerprint);
            },
            undefined,
            other
        );
    });

    it('tells of a full disk (needs root to mount one), and goes on when there is room', async function () {
        if (!isRoot) {
            return this.skip();
        }
        const place = join(bench.root, 'small');
        fs.mkdirSync(place);
        execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', place]);
        try {
            await failing(async backend => {
                const job = await backend.upload(source, '/small');
                const told = await explained(backend, job);
                expect(failedStage(told)).to.equal('disk');
                expect(passed(told)).to.include.members(['udp', 'permission']);
                expect(told.actions[0].action).to.equal('resume');
                execFileSync('mount', ['-o', 'remount,size=16m', place]);
                await backend.service.retry([job.id]);
                expect((await backend.settled(job.id)).state).to.equal('completed');
            });
        } finally {
            execFileSync('umount', [place]);
        }
    });

    it('tells of a path that is not granted, and goes to another folder', async () => {
        fs.symlinkSync('/', join(bench.root, 'out'));
        await failing(async backend => {
            const job = await backend.upload(source, '/out/tmp');
            const told = await explained(backend, job);
            expect(failedStage(told)).to.equal('permission');
            expect(told.actions[0].action).to.equal('choose-folder');
            const target = job.target.replace('/out/tmp', '/inside');
            await window(backend).mend(job.id, { kind: 'folder', target });
            expect((await backend.settled(job.id)).state).to.equal('completed');
            expect(fs.existsSync(join(bench.root, 'inside', 'source.bin'))).to.equal(true);
            const elsewhere = { kind: 'folder', target: 'connect://another/inside' } as const;
            const refused = await window(backend)
                .mend(job.id, elsewhere)
                .catch((error: Error) => error);
            expect(refused).to.have.property('code', 'usage');
        });
    });

    it('writes a report without the password', async () => {
        await failing(async backend => {
            const job = await backend.upload(source, '/report');
            const text = await window(backend).report({ kind: 'job', jobId: job.id });
            expect(text).to.contain('Transfer program: connect-cp').and.contain('OK          TCP');
            expect(text).to.contain('queued -> preparing');
            expect(text).not.to.include(PASSWORD);
        });
    });
});
