import { VirtualClock } from '@connect/base/lib/testing/virtual-clock';
import { describeTransferEngine } from './describe-transfer-engine';
import { MemoryEngine } from './memory-engine';

describeTransferEngine('memory engine', async () => {
    const clock = new VirtualClock();
    const engine = new MemoryEngine(clock, { password: 'secret', fingerprint: 'SHA256:known' });
    const roots = { near: '/home/user', far: '/granted' };
    const targets = { near: '/home/user/got', far: '/granted/got' };
    return {
        engine,
        task: part => ({
            jobId: 'job',
            endpoint: {
                host: 'h',
                sshPort: 22,
                udpPort: 33001,
                user: 'u',
                hostKeyFingerprint: 'SHA256:known'
            },
            credentials: { password: 'secret' },
            destination: part.direction === 'send' ? targets.far : targets.near,
            rate: { targetBps: 100_000_000, minBps: 0, policy: 'fixed' },
            overwrite: 'diff',
            resume: 'attributes',
            ...part
        }),
        put: async (end, relativePath, bytes) => {
            const path = `${roots[end]}/${relativePath}`;
            engine[end].set(path, bytes);
            return path;
        },
        got: async (end, relativePath) => {
            const bytes = engine[end].get(`${targets[end]}/${relativePath}`);
            return bytes && Uint8Array.from(bytes);
        },
        drive: async work => {
            let settled = false;
            void work.then(
                () => (settled = true),
                () => (settled = true)
            );
            for (let i = 0; i < 1_000_000 && !settled; i++) {
                clock.advance(50);
                await Promise.resolve();
            }
            return work;
        },
        dispose: async () => undefined
    };
});
