import { describeTransferEngine, EngineFixture } from '@connect/api/lib/testing/describe-transfer-engine';
import { VirtualClock } from '@connect/base/lib/testing/virtual-clock';
import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { SAMPLE_PROTOCOL } from '../common/sample-names';
import { SampleEngine } from './sample-engine';
import { SampleServers } from './sample-servers';

async function fixture(): Promise<EngineFixture> {
    const clock = new VirtualClock();
    const servers = new SampleServers(() => clock.wallNow());
    const server = servers.open('Studio', 64e6);
    const disk = fs.mkdtempSync(path.join(tmpdir(), 'connect-sample-'));
    return {
        engine: new SampleEngine(servers, clock),
        task: part => ({
            jobId: 'job',
            endpoint: { protocol: SAMPLE_PROTOCOL, address: 'Studio' },
            credentials: {},
            destination: part.direction === 'send' ? '/got' : path.join(disk, 'got'),
            rate: { targetBps: 200_000_000, minBps: 0, policy: 'fixed' },
            overwrite: 'diff',
            resume: 'attributes',
            ...part
        }),
        put: async (end, relativePath, bytes) => {
            const file = path.join(end === 'near' ? disk : '/', relativePath);
            if (end === 'near') {
                fs.mkdirSync(path.dirname(file), { recursive: true });
                fs.writeFileSync(file, bytes);
            } else {
                await server.ensureFolder(path.dirname(file));
                await server.write(file, bytes);
            }
            return file;
        },
        got: async (end, relativePath) => {
            if (end === 'far') {
                const there = await server.find(`/got/${relativePath}`);
                return there && Uint8Array.from(await server.read(`/got/${relativePath}`, there.sizeBytes));
            }
            const file = path.join(disk, 'got', relativePath);
            return fs.existsSync(file) ? Uint8Array.from(fs.readFileSync(file)) : undefined;
        },
        drive: async work => {
            let settled = false;
            const settle = (): void => void (settled = true);
            work.then(settle, settle);
            while (!settled) {
                clock.advance(50);
                // the disk is real and takes its own time
                await setImmediate();
            }
            return work;
        },
        dispose: () => fs.promises.rm(disk, { recursive: true })
    };
}

// Whoever knows the title is let in, and no host is reached.
describeTransferEngine('sample engine', fixture, { passwords: false, hostKeys: false });
