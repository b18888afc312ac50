import { createServer, type Server, type Socket } from 'node:net';
import { powerLine } from '../common/desktop-power';

/** What is used of Electron's `powerMonitor`. */
export interface BatteryMonitor {
    readonly onBatteryPower: boolean;
    on(event: 'on-ac' | 'on-battery', listener: () => void): unknown;
}

/** Tells whoever connects whether the computer runs on battery, and whenever that changes. */
export class PowerReporter {
    private readonly sockets = new Set<Socket>();
    private readonly server: Server;

    constructor(monitor: BatteryMonitor) {
        this.server = createServer(socket => {
            this.sockets.add(socket);
            // a backend that has gone is no failure
            socket.on('error', () => undefined);
            socket.on('close', () => this.sockets.delete(socket));
            socket.resume();
            socket.write(powerLine(monitor.onBatteryPower));
        });
        monitor.on('on-battery', () => this.tell(true));
        monitor.on('on-ac', () => this.tell(false));
    }

    /** Rejects when the place is taken, or cannot be written. @param path of a socket, or the name of a pipe on Windows */
    listen(path: string): Promise<void> {
        return new Promise((resolve, reject) => {
            this.server.once('error', reject);
            this.server.listen(path, () => {
                this.server.off('error', reject);
                // nothing that the app would have to wait for
                this.server.unref();
                resolve();
            });
        });
    }

    close(): void {
        this.server.close();
        this.sockets.forEach(socket => socket.destroy());
    }

    private tell(onBattery: boolean): void {
        this.sockets.forEach(socket => socket.write(powerLine(onBattery)));
    }
}
