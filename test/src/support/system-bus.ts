import { spawn, spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { REPOSITORY, run, RunningProgram } from './processes';

const SCRIPT = join(REPOSITORY, 'test', 'support', 'power-services.py');
/** That of the system: python-dbusmock is a package of it. */
const PYTHON = '/usr/bin/python3';

/** What python-dbusmock plays. */
export type PowerService = 'upower' | 'networkmanager';

/** Why there is no such bus on this machine; undefined when there is. */
export function systemBusUnavailable(): string | undefined {
    const isThere = (command: string, ...args: string[]): boolean =>
        spawnSync(command, args, { stdio: 'ignore' }).status === 0;
    if (!isThere('dbus-daemon', '--version') || !isThere(PYTHON, '-c', 'import dbusmock')) {
        return 'dbus-daemon and python3-dbusmock are needed';
    }
    try {
        require.resolve('dbus-native');
        return undefined;
    } catch {
        return 'the optional package dbus-native is not installed';
    }
}

/** A real bus of its own in the place of the system's, with UPower and NetworkManager as python-dbusmock plays them. */
export class PrivateSystemBus {
    private constructor(
        private readonly folder: string,
        private readonly daemon: RunningProgram,
        private readonly services: RunningProgram
    ) {}

    private commands = 0;

    /** What `DBUS_SYSTEM_BUS_ADDRESS` has to be. */
    get address(): string {
        return addressIn(this.folder);
    }

    static async start(): Promise<PrivateSystemBus> {
        const folder = fs.mkdtempSync(join(tmpdir(), 'connect-bus-'));
        const daemon = PrivateSystemBus.daemonIn(folder);
        await daemon.untilOutput(/\n/);
        const child = spawn(PYTHON, [SCRIPT], {
            stdio: ['pipe', 'pipe', 'pipe'],
            env: { ...process.env, DBUS_SYSTEM_BUS_ADDRESS: addressIn(folder) }
        });
        const services = new RunningProgram(child);
        await services.untilOutput(/ready\n/);
        return new PrivateSystemBus(folder, daemon, services);
    }

    private static daemonIn(folder: string): RunningProgram {
        // the rules of a session let everybody take names; the address is all that matters to programs
        const args = ['--session', '--nofork', '--nosyslog', '--print-address=1'];
        return run('dbus-daemon', [...args, `--address=${addressIn(folder)}`]);
    }

    startService(name: PowerService): Promise<void> {
        return this.command({ start: name });
    }

    stopService(name: PowerService): Promise<void> {
        return this.command({ stop: name });
    }

    setOnBattery(onBattery: boolean): Promise<void> {
        return this.command({ set: 'upower', properties: { OnBattery: onBattery } });
    }

    /** @param metered NMMetered of NetworkManager: 0 unknown, 1 yes, 2 no, 3 guessed yes, 4 guessed no */
    setMetered(metered: number): Promise<void> {
        return this.command({ set: 'networkmanager', properties: { Metered: metered } });
    }

    /** The bus goes away, and all that is on it. */
    async kill(): Promise<void> {
        await this.daemon.end('SIGKILL');
    }

    async dispose(): Promise<void> {
        this.services.child.stdin!.end();
        await this.services.finished;
        await this.daemon.end();
        fs.rmSync(this.folder, { recursive: true, force: true });
    }

    private async command(command: object): Promise<void> {
        const id = ++this.commands;
        this.services.child.stdin!.write(`${JSON.stringify({ ...command, id })}\n`);
        await this.services.untilOutput(new RegExp(`^done ${id}$`, 'm'));
    }
}

function addressIn(folder: string): string {
    return `unix:path=${join(folder, 'bus')}`;
}
