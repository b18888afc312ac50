import type { RateSettings, TransferRun } from '@connect/api';
import { MemoryEngine } from '@connect/api/lib/testing/memory-engine';
import { ConnectError, type Disposable } from '@connect/base';
import { VirtualClock } from '@connect/base/lib/testing/virtual-clock';
import type { DiskSpace } from '../common/disk-space';
import { engineRules } from '../common/existing-files';
import { newRecord, type JobRecord } from '../common/job-record';
import type { PowerAndLink } from '../common/power-rules';
import {
    currentLimits,
    defaultRate,
    transferSettings,
    type TransferConfiguration
} from '../common/transfer-preferences';
import type { QueueStatus } from '../common/transfer-protocol';
import { answeredFirst } from '../node/answered-launch';
import type { LaunchJob, RunListener } from '../node/job-launch';
import { JobScheduler } from '../node/job-scheduler';
import type { JobStorage } from '../node/job-store';
import type { PowerSource } from '../node/power/power-source';

/** A store that keeps what a crash would leave. */
export class MemoryStorage implements JobStorage {
    readonly records = new Map<string, JobRecord>();
    last = 0;
    writes = 0;
    stored = 0;
    isFull = false;

    all(): JobRecord[] {
        return [...this.records.values()].sort((a, b) => a.order - b.order);
    }
    put(...records: readonly JobRecord[]): void {
        if (this.isFull) {
            throw new Error('database or disk is full');
        }
        this.writes += 1;
        this.stored += records.length;
        records.forEach(record =>
            this.records.set(record.id, JSON.parse(JSON.stringify(record)) as JobRecord)
        );
        this.last = Math.max(this.last, ...records.map(record => record.order));
    }
    delete(id: string): void {
        this.records.delete(id);
    }
    paused: QueueStatus['paused'];
    pause(): QueueStatus['paused'] {
        return this.paused;
    }
    setPause(paused: QueueStatus['paused']): void {
        this.paused = paused;
    }
    lastOrder(): number {
        return this.last;
    }
}

/** Tells what the spec says. */
export class ScriptedPower implements PowerSource {
    private readonly listeners = new Set<(facts: PowerAndLink) => void>();
    /** Undefined: it has not looked yet. */
    private facts: PowerAndLink | undefined;

    constructor(facts?: PowerAndLink) {
        this.facts = facts;
    }

    watch(listener: (facts: PowerAndLink) => void): Disposable {
        this.listeners.add(listener);
        queueMicrotask(() => this.facts && this.listeners.has(listener) && listener(this.facts));
        return { dispose: () => this.listeners.delete(listener) };
    }

    become(facts: PowerAndLink): void {
        this.facts = facts;
        this.listeners.forEach(listener => listener(facts));
    }
}

/** A scheduler on a clock that the spec moves, with an engine in memory. */
export class World {
    readonly clock = new VirtualClock();
    readonly store = new MemoryStorage();
    readonly released: string[] = [];
    values: Partial<TransferConfiguration> = { 'connect.bandwidth.targetRate': 8 };
    password = 'secret';
    power = new ScriptedPower({});
    engine = this.newEngine();
    scheduler = this.newBackend();
    maxActive = 0;
    disk: DiskSpace = { freeBytes: 500, totalBytes: 1000 };
    readonly changes: string[] = [];
    statusChanges = 0;

    newEngine(): MemoryEngine {
        return new MemoryEngine(this.clock, { password: 'secret', fingerprint: 'SHA256:k' });
    }

    newBackend(): JobScheduler {
        return new JobScheduler({
            clock: this.clock,
            store: this.store,
            settings: () => transferSettings(this.values),
            defaultRate: () => defaultRate(this.values),
            limits: () => currentLimits(this.values, this.clock.wallNow(), 'UTC'),
            measureDisk: async () => this.disk,
            power: this.power,
            launch: answeredFirst(
                (record, rate, listener) => this.launch(record, rate, listener),
                (id, paths) => this.scheduler.answersApplied(id, paths)
            ) as LaunchJob,
            releaseStaging: id => this.released.push(id),
            changed: id => this.changes.push(id),
            statusChanged: () => {
                this.statusChanges += 1;
            },
            log: () => undefined
        });
    }

    private async launch(
        record: JobRecord,
        rate: RateSettings,
        listener: RunListener
    ): Promise<{ engineId: string; run: TransferRun }> {
        if (this.password === '') {
            throw new ConnectError('security.credentials-required', 'password needed');
        }
        const run = this.engine.start(
            {
                jobId: record.id,
                direction: record.direction,
                sources: record.sources,
                destination: record.target,
                endpoint: {
                    host: 'h',
                    sshPort: 1,
                    udpPort: 1,
                    user: 'u',
                    hostKeyFingerprint: 'SHA256:k'
                },
                credentials: { password: this.password },
                rate,
                ...engineRules(record.existing, record.bytesDone > 0, record.fromStart)
            },
            {
                onProgress: progress => listener.onProgress(progress),
                onFileFailed: failure => listener.onFileFailed(failure),
                onLog: () => undefined
            }
        );
        this.maxActive = Math.max(this.maxActive, this.engine.active.size);
        return { engineId: 'memory', run };
    }

    /** One megabyte per second at the rate above. */
    add(id: string, sizeBytes = 1_000_000, facts: Partial<JobRecord> = {}): void {
        this.engine.near.set(`/home/${id}`, new Uint8Array(sizeBytes));
        this.scheduler.add({
            ...newRecord({
                id,
                order: this.scheduler.nextOrder(),
                name: id,
                direction: 'send',
                sources: [`/home/${id}`],
                target: '/in',
                accountId: 'acc',
                accountName: 'Acc',
                createdMs: this.clock.wallNow(),
                stagingId: undefined
            }),
            ...facts
        });
    }

    /** The process dies: engines with it, the store stays. */
    kill(): void {
        const near = this.engine.near;
        const { far, partials } = this.engine;
        this.scheduler.dispose();
        this.engine = this.newEngine();
        near.forEach((bytes, path) => this.engine.near.set(path, bytes));
        far.forEach((bytes, path) => this.engine.far.set(path, bytes));
        partials.forEach((bytes, path) => this.engine.partials.set(path, bytes));
    }

    restart(): void {
        this.kill();
        this.scheduler = this.newBackend();
        this.scheduler.load();
    }

    async run(durationMs: number): Promise<void> {
        const step = 50;
        for (let passed = 0; passed <= durationMs; passed += step) {
            // an engine's promises need some turns between two moments
            for (let turn = 0; turn < 8; turn++) {
                await Promise.resolve();
            }
            this.clock.advance(step);
        }
        for (let turn = 0; turn < 8; turn++) {
            await Promise.resolve();
        }
    }

    states(): Record<string, string> {
        return Object.fromEntries(this.scheduler.all().map(job => [job.id, job.state]));
    }
}
