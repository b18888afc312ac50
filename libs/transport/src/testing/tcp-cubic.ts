import { TcpAck, TcpControl } from './tcp-flow';

const INITIAL_WINDOW = 10;
/** RFC 9438 §4.1 and §4.6. */
const C = 0.4;
const BETA = 0.7;
/** RFC 9438 §4.3: as much per round trip as a Reno flow with this decrease may take. */
const ALPHA = (3 * (1 - BETA)) / (1 + BETA);
/** RFC 9406 §4.2: a round trip that got longer by an eighth, within these bounds, ends slow start. */
const HYSTART_MIN_MS = 4;
const HYSTART_MAX_MS = 16;
const HYSTART_SAMPLES = 8;

/** TCP CUBIC with fast convergence and HyStart. Source: RFC 9438; RFC 9406 §4.2 for the end of slow start. */
export class CubicControl implements TcpControl {
    readonly pacingRate = Infinity;
    window = INITIAL_WINDOW;

    private threshold = Infinity;
    private lastMaximum = 0;
    private epochMs: number | undefined;
    private epochWindow = 0;
    private renoWindow = 0;
    private timeToMaximumMs = 0;
    private minRttMs = Infinity;
    private roundEnd = 0;
    private roundRttMs = Infinity;
    private roundSamples = 0;

    onAck(ack: TcpAck): void {
        this.minRttMs = Math.min(this.minRttMs, ack.rttMs);
        if (ack.isLossEvent) {
            this.decrease();
            return;
        }
        if (this.window < this.threshold) {
            this.window += 1;
            this.leaveSlowStart(ack);
        } else {
            this.avoidCongestion(ack);
        }
    }

    onTimeout(): void {
        this.decrease();
        this.window = 1;
    }

    private decrease(): void {
        this.lastMaximum = this.window < this.lastMaximum ? (this.window * (1 + BETA)) / 2 : this.window;
        this.threshold = Math.max(2, this.window * BETA);
        this.window = this.threshold;
        this.epochMs = undefined;
    }

    private avoidCongestion(ack: TcpAck): void {
        if (this.epochMs === undefined) {
            this.epochMs = ack.nowMs;
            this.epochWindow = this.window;
            this.renoWindow = this.window;
            this.lastMaximum = Math.max(this.lastMaximum, this.window);
            this.timeToMaximumMs = 1000 * Math.cbrt((this.lastMaximum - this.epochWindow) / C);
        }
        const sinceMaximum = (ack.nowMs - this.epochMs + ack.rttMs - this.timeToMaximumMs) / 1000;
        const cubic = C * sinceMaximum ** 3 + this.lastMaximum;
        const target = Math.min(1.5 * this.window, Math.max(this.window, cubic));
        this.renoWindow += (this.renoWindow >= this.lastMaximum ? 1 : ALPHA) / this.window;
        this.window += (target - this.window) / this.window;
        this.window = Math.max(this.window, this.renoWindow);
    }

    private leaveSlowStart(ack: TcpAck): void {
        if (ack.deliveredAtSend >= this.roundEnd) {
            this.roundEnd = ack.delivered;
            this.roundRttMs = Infinity;
            this.roundSamples = 0;
        }
        this.roundRttMs = Math.min(this.roundRttMs, ack.rttMs);
        this.roundSamples += 1;
        const riseMs = Math.min(HYSTART_MAX_MS, Math.max(HYSTART_MIN_MS, this.minRttMs / 8));
        if (this.roundSamples >= HYSTART_SAMPLES && this.roundRttMs >= this.minRttMs + riseMs) {
            this.threshold = this.window;
        }
    }
}
