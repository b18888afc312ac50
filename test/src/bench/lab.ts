import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Cleanup } from './cleanup';
import { NetworkPath } from './paths/network-path';
import { ConnectHost } from './services/connect-host';
import { SshHost } from './services/ssh-host';
import { WebHost } from './services/web-host';

const MEMORY_FOLDER = '/dev/shm';

/**
 * Where runs take place: a path, folders of sources and targets (both ends see them; in memory, so that the disk is
 * not what is measured), and the servers, each started at its first use.
 */
export class Lab {
    readonly sources: string;
    readonly target: string;
    private readonly cleanup = new Cleanup();
    private services = new Map<string, Promise<unknown>>();

    private constructor(
        readonly path: NetworkPath,
        readonly folder: string
    ) {
        this.sources = join(folder, 'sources');
        this.target = join(folder, 'target');
    }

    static create(path: NetworkPath, folder: string): Lab {
        const lab = new Lab(path, folder);
        fs.mkdirSync(lab.sources, { recursive: true });
        fs.mkdirSync(lab.target, { recursive: true });
        return lab;
    }

    connect(packetIo?: string): Promise<ConnectHost> {
        return this.service(`connect ${packetIo ?? ''}`, () => ConnectHost.start(this, packetIo));
    }

    ssh(): Promise<SshHost> {
        return this.service('ssh', () => SshHost.start(this));
    }

    web(): Promise<WebHost> {
        return this.service('web', () => WebHost.start(this));
    }

    /** Starts a server once; it is stopped with the lab. */
    service<T extends { stop(): Promise<void> }>(name: string, start: () => Promise<T>): Promise<T> {
        let service = this.services.get(name) as Promise<T> | undefined;
        if (!service) {
            service = start().then(started => {
                this.cleanup.add(() => started.stop());
                return started;
            });
            this.services.set(name, service);
        }
        return service;
    }

    onClient(command: readonly string[]): string[] {
        return [...this.path.clientPrefix, ...command];
    }

    onServer(command: readonly string[]): string[] {
        return [...this.path.serverPrefix, ...command];
    }

    /** Makes the target an empty folder again. */
    emptyTarget(): void {
        empty(this.target);
    }

    emptySources(): void {
        empty(this.sources);
    }

    /** A folder of its own for a server's files. */
    subfolder(name: string): string {
        const path = join(this.folder, name);
        fs.mkdirSync(path, { recursive: true });
        return path;
    }

    /** Stops the servers and takes the path down; the folders stay until {@link removeWorkFolder}. */
    async dispose(): Promise<void> {
        await this.cleanup.run();
        await this.path.dispose();
    }
}

/** A folder in memory when `needBytes` fit there with room to spare, else on the disk of temporary files. */
export function makeWorkFolder(needBytes: number): string {
    const inMemory =
        fs.existsSync(MEMORY_FOLDER) &&
        fs.statfsSync(MEMORY_FOLDER).bavail * fs.statfsSync(MEMORY_FOLDER).bsize > needBytes * 2;
    return fs.mkdtempSync(join(inMemory ? MEMORY_FOLDER : tmpdir(), 'connect-bench-'));
}

export function removeWorkFolder(folder: string): void {
    fs.rmSync(folder, { recursive: true, force: true });
}

function empty(folder: string): void {
    for (const name of fs.readdirSync(folder)) {
        fs.rmSync(join(folder, name), { recursive: true, force: true });
    }
}
