import { serverLimit } from '@connect/transfer/lib/common/rate-locks';
import type { Job } from '@connect/transfer/lib/common/transfer-protocol';
import { expect } from 'chai';
import * as fs from 'node:fs';
import { join } from 'node:path';
import { TransferBackend } from '../support/transfer-backend';
import { TransferBench } from '../support/transfer-bench';
import { writeNoise } from '../support/trees';

const MBPS = 1e6;

describe('limits that a server sets', () => {
    for (const { rules, text, reason, expected } of [
        {
            rules: ['--max-rate', '20M'],
            text: 'limited by server',
            reason: /20 Mbps at most/,
            expected: { targetBps: 20 * MBPS, maxBps: 20 * MBPS, isTargetLocked: false }
        },
        {
            rules: ['--lock-rate', '15M', '--policies', 'fair'],
            text: 'set by server',
            reason: /sets the target, 15 Mbps/,
            expected: { targetBps: 15 * MBPS, isTargetLocked: true, isPolicyLocked: true }
        }
    ]) {
        it(`are seen in the list while a transfer runs: ${rules.join(' ')}`, async () => {
            const bench = await TransferBench.start({ userOptions: rules });
            const backend = new TransferBackend(bench);
            backend.set('connect.bandwidth.targetRate', 300);
            const seen: Job[] = [];
            backend.service.setClient({ onDidChangeJobs: ({ changed }) => void seen.push(...changed) });
            try {
                writeNoise(join(bench.local, 'source.bin'), 1, 6_000_000);
                const done = await backend.upload(join(bench.local, 'source.bin'), '/');
                expect(done.state).to.equal('completed');
                const told = seen.find(({ inForce }) => inForce !== undefined)?.inForce;
                expect(told).to.include(expected);
                const limit = serverLimit(told);
                expect(limit?.text).to.equal(text);
                expect(limit?.reason).to.match(reason);
                expect(done.inForce, 'nothing is in force any more').to.equal(undefined);
            } finally {
                backend.dispose();
                await bench.dispose();
            }
        });
    }

    it('are none where the server sets none', async () => {
        const bench = await TransferBench.start();
        const backend = new TransferBackend(bench);
        const seen: Job[] = [];
        backend.service.setClient({ onDidChangeJobs: ({ changed }) => void seen.push(...changed) });
        try {
            writeNoise(join(bench.local, 'source.bin'), 1, 6_000_000);
            await backend.upload(join(bench.local, 'source.bin'), '/');
            const told = seen.find(({ inForce }) => inForce !== undefined)?.inForce;
            expect(told, 'what is in force').not.to.equal(undefined);
            expect(serverLimit(told)).to.equal(undefined);
            expect(fs.existsSync(join(bench.root, 'source.bin'))).to.equal(true);
        } finally {
            backend.dispose();
            await bench.dispose();
        }
    });
});
