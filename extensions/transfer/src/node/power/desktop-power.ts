import type { Clock, Disposable } from '@connect/base';
import { connect, type Socket } from 'node:net';
import { DESKTOP_POWER_VARIABLE, readPowerLine } from '../../common/desktop-power';
import type { PowerAndLink } from '../../common/power-rules';
import type { PowerSource } from './power-source';

export { DESKTOP_POWER_VARIABLE };

/** The desktop app begins to listen after it has started its backend. */
export const RECONNECT_MS = 3_000;
/** A line has some dozens of characters. */
const MAX_LINE_CHARS = 1_000;

/** Of the main process of the desktop app, which alone is told by the system; a line for each change. */
export class DesktopPower implements PowerSource {
    /** @param path of its socket or named pipe */
    constructor(
        private readonly clock: Clock,
        private readonly path: string
    ) {}

    watch(listener: (facts: PowerAndLink) => void): Disposable {
        let socket: Socket | undefined;
        let timer: Disposable | undefined;
        let isOver = false;
        let isTold = false;
        const tell = (facts: PowerAndLink): void => {
            if (!isOver) {
                isTold = true;
                listener(facts);
            }
        };
        const open = (): void => {
            let text = '';
            let wasHeard = false;
            socket = connect(this.path);
            socket.setEncoding('utf8');
            // how it ends is told by what follows
            socket.on('error', () => undefined);
            socket.on('data', (more: string) => {
                const lines = (text + more).split('\n');
                text = lines.pop()!.slice(0, MAX_LINE_CHARS);
                const facts = lines.map(readPowerLine).findLast(each => each !== undefined);
                if (facts) {
                    wasHeard = true;
                    tell(facts);
                }
            });
            socket.on('close', () => {
                if (!isOver) {
                    if (wasHeard || !isTold) {
                        tell({});
                    }
                    timer = this.clock.setTimeout(open, RECONNECT_MS);
                }
            });
        };
        open();
        return {
            dispose: () => {
                isOver = true;
                timer?.dispose();
                socket?.destroy();
            }
        };
    }
}
