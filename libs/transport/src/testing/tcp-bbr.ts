import { Random } from '@connect/base';
import { TcpAck, TcpControl } from './tcp-flow';

const INITIAL_WINDOW = 10;
const MIN_WINDOW = 4;
const HIGH_GAIN = 2 / Math.LN2;
const WINDOW_GAIN = 2;
const CYCLE = [1.25, 0.75, 1, 1, 1, 1, 1, 1];
const BANDWIDTH_ROUNDS = 10;
const MIN_RTT_WINDOW_MS = 10_000;
const PROBE_RTT_MS = 200;
/** The pipe is full when the bandwidth has not grown by a quarter in three rounds. */
const FULL_GROWTH = 1.25;
const FULL_ROUNDS = 3;
/** Until the first round trip is measured. */
const FIRST_RTT_MS = 1;

type Phase = 'startup' | 'drain' | 'probe-bandwidth' | 'probe-rtt';

/** TCP BBR version 1. Source: draft-cardwell-iccrg-bbr-congestion-control-00. Losses do not matter to it. */
export class BbrControl implements TcpControl {
    window = INITIAL_WINDOW;
    pacingRate = (HIGH_GAIN * INITIAL_WINDOW) / FIRST_RTT_MS;

    private phase: Phase = 'startup';
    /** Highest delivery rates, packets per ms, with the rounds they were seen in. */
    private readonly bandwidths: Array<{ round: number; rate: number }> = [];
    private minRttMs = Infinity;
    private minRttAtMs = 0;
    private round = 0;
    private roundEnd = 0;
    private fullBandwidth = 0;
    private fullRounds = 0;
    private isFull = false;
    private cycleAt = 0;
    private cycleMs = 0;
    private probeRttEndMs: number | undefined;
    private probeRttRound = 0;
    private isConserving = false;
    private lossRound = -Infinity;
    private windowBeforeLoss = 0;

    constructor(private readonly random: Random) {}

    onAck(ack: TcpAck): void {
        const isNewRound = ack.deliveredAtSend >= this.roundEnd;
        if (isNewRound) {
            this.round += 1;
            this.roundEnd = ack.delivered;
        }
        this.addBandwidth(ack.deliveryRate);
        this.updatePhase(ack, isNewRound);
        this.updateMinRtt(ack);
        this.updatePacing();
        this.updateWindow(ack, isNewRound);
    }

    onTimeout(): void {
        this.windowBeforeLoss = Math.max(this.windowBeforeLoss, this.window);
        this.window = MIN_WINDOW;
    }

    private get bandwidth(): number {
        return this.bandwidths[0]?.rate ?? 0;
    }

    private get gain(): number {
        switch (this.phase) {
            case 'startup':
                return HIGH_GAIN;
            case 'drain':
                return 1 / HIGH_GAIN;
            case 'probe-bandwidth':
                return CYCLE[this.cycleAt]!;
            case 'probe-rtt':
                return 1;
        }
    }

    private inFlightFor(gain: number): number {
        return this.minRttMs === Infinity ? INITIAL_WINDOW : gain * this.bandwidth * this.minRttMs;
    }

    /** A list of falling rates and rising rounds: the first is the highest of the window. */
    private addBandwidth(rate: number): void {
        while (this.bandwidths.length > 0 && this.bandwidths[this.bandwidths.length - 1]!.rate <= rate) {
            this.bandwidths.pop();
        }
        this.bandwidths.push({ round: this.round, rate });
        while (this.bandwidths[0]!.round <= this.round - BANDWIDTH_ROUNDS) {
            this.bandwidths.shift();
        }
    }

    private updatePhase(ack: TcpAck, isNewRound: boolean): void {
        if (isNewRound && !this.isFull) {
            if (this.bandwidth >= this.fullBandwidth * FULL_GROWTH) {
                this.fullBandwidth = this.bandwidth;
                this.fullRounds = 0;
            } else {
                this.fullRounds += 1;
                this.isFull = this.fullRounds >= FULL_ROUNDS;
            }
        }
        if (this.phase === 'startup' && this.isFull) {
            this.phase = 'drain';
        }
        if (this.phase === 'drain' && ack.inFlight <= this.inFlightFor(1)) {
            this.enterProbeBandwidth(ack.nowMs);
        }
        if (this.phase === 'probe-bandwidth') {
            this.advanceCycle(ack);
        }
    }

    private advanceCycle(ack: TcpAck): void {
        const isOver = ack.nowMs - this.cycleMs > this.minRttMs;
        const gain = this.gain;
        const next =
            gain > 1
                ? isOver && (ack.lost > 0 || ack.inFlight >= this.inFlightFor(gain))
                : gain < 1
                  ? isOver || ack.inFlight <= this.inFlightFor(1)
                  : isOver;
        if (next) {
            this.cycleAt = (this.cycleAt + 1) % CYCLE.length;
            this.cycleMs = ack.nowMs;
        }
    }

    private enterProbeBandwidth(nowMs: number): void {
        this.phase = 'probe-bandwidth';
        // Any phase but the one that drains
        this.cycleAt = (2 + Math.floor(this.random.nextFloat() * (CYCLE.length - 1))) % CYCLE.length;
        this.cycleMs = nowMs;
    }

    private updateMinRtt(ack: TcpAck): void {
        const isStale = ack.nowMs - this.minRttAtMs > MIN_RTT_WINDOW_MS;
        if (ack.rttMs <= this.minRttMs || isStale) {
            this.minRttMs = ack.rttMs;
            this.minRttAtMs = ack.nowMs;
        }
        if (isStale && this.phase !== 'probe-rtt') {
            this.phase = 'probe-rtt';
            this.windowBeforeLoss = Math.max(this.windowBeforeLoss, this.window);
            this.probeRttEndMs = undefined;
        }
        if (this.phase === 'probe-rtt') {
            this.stayInProbeRtt(ack);
        }
    }

    private stayInProbeRtt(ack: TcpAck): void {
        if (this.probeRttEndMs === undefined) {
            if (ack.inFlight <= MIN_WINDOW) {
                this.probeRttEndMs = ack.nowMs + PROBE_RTT_MS;
                this.probeRttRound = this.round + 1;
            }
            return;
        }
        if (ack.nowMs > this.probeRttEndMs && this.round >= this.probeRttRound) {
            this.minRttAtMs = ack.nowMs;
            this.window = Math.max(this.window, this.windowBeforeLoss);
            this.windowBeforeLoss = 0;
            if (this.isFull) {
                this.enterProbeBandwidth(ack.nowMs);
            } else {
                this.phase = 'startup';
            }
        }
    }

    private updatePacing(): void {
        const rate = this.gain * this.bandwidth;
        if (rate > 0 && (this.isFull || rate > this.pacingRate || this.round <= 1)) {
            this.pacingRate = rate;
        }
    }

    private updateWindow(ack: TcpAck, isNewRound: boolean): void {
        if (this.isConserving && isNewRound) {
            this.isConserving = false;
            this.window = Math.max(this.window, this.windowBeforeLoss);
            this.windowBeforeLoss = 0;
        }
        if (ack.isLossEvent) {
            // Recovery lasts until a round without loss; in its first round only as much is sent as is acknowledged
            if (this.round > this.lossRound + 2) {
                this.isConserving = true;
                this.windowBeforeLoss = Math.max(this.windowBeforeLoss, this.window);
                this.window = ack.inFlight + 1;
            }
            this.lossRound = this.round;
        }
        const target = this.inFlightFor(this.isFull ? WINDOW_GAIN : HIGH_GAIN);
        if (this.isConserving) {
            this.window = Math.max(this.window, ack.inFlight + 1);
        } else if (this.isFull) {
            this.window = Math.min(this.window + 1, target);
        } else if (this.window < target || ack.delivered < INITIAL_WINDOW) {
            this.window += 1;
        }
        this.window = Math.max(this.window, MIN_WINDOW);
        if (this.phase === 'probe-rtt') {
            this.window = Math.min(this.window, MIN_WINDOW);
        }
    }
}
