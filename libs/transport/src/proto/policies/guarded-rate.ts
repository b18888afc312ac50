import { RateController, RateSample, RateSettings } from '../rate-controller';

/** Above this share of lost bytes the path carries less than is sent, or nothing useful is left of the rate. */
const MAX_LOSS_SHARE = 0.3;
/** The share is taken over at least one round trip, this long and this many bytes: one burst must not decide. */
const MIN_WINDOW_MS = 200;
const MIN_WINDOW_BYTES = 32 * 1024;
/** Only loss that lasts counts; and the first window after a change still shows what was sent before it. */
const BAD_WINDOWS = 2;
/** Limit after too much loss, relative to what was delivered. */
const ABOVE_DELIVERED = 1.1;
/** A lower rate that leaves more than this share of the loss has not caused it. */
const UNCHANGED_SHARE = 0.75;
/** Growth of the limit per window without too much loss. */
const RECOVERY = 1.1;
/** Limit after a silence during which nothing at all got through since the silence before. */
const FRUITLESS = 1 / 4;
/** However much is lost, this share of the target is still tried. */
const FLOOR_SHARE = 1 / 32;

/**
 * The safety rules of every policy, around the controller of that policy:
 * - without feedback the rate is 0 until a report comes (the sender keeps probing meanwhile);
 * - when more than about a third of what is sent gets lost for some time, the rate falls to a little above what is
 *   delivered, unless that does not help, and then rises slowly. That caps the share of retransmissions; loss below
 *   the cap, or loss that does not depend on the rate, never lowers the rate further here.
 */
export class GuardedRate implements RateController {
    private limitBps = Infinity;
    private silent = false;
    private windowStartMs: number | undefined;
    private acknowledgedBytes = 0;
    private lostBytes = 0;
    private badWindows = 0;
    /** Share of loss when the limit was last lowered; undefined once there is clearly less of it. */
    private loweredAtShare: number | undefined;
    /** Something was acknowledged since the last silence. */
    private fruitful = true;

    constructor(
        private readonly policy: RateController,
        private settings: RateSettings
    ) {}

    get rateBps(): number {
        if (this.silent) {
            return 0;
        }
        return Math.min(this.policy.rateBps, Math.max(this.limitBps, this.settings.minBps));
    }

    onSample(sample: RateSample): void {
        this.policy.onSample(sample);
        this.fruitful ||= sample.acknowledgedBytes > 0;
        if (this.silent) {
            this.silent = false;
            this.badWindows = 0;
            this.startWindow(sample.nowMs);
            return; // what was lost during the silence says nothing about the path as it is now
        }
        this.windowStartMs ??= sample.nowMs;
        this.acknowledgedBytes += sample.acknowledgedBytes;
        this.lostBytes += sample.lostBytes;
        const elapsedMs = sample.nowMs - this.windowStartMs;
        const total = this.acknowledgedBytes + this.lostBytes;
        if (elapsedMs >= Math.max(sample.rttMs, MIN_WINDOW_MS) && total >= MIN_WINDOW_BYTES) {
            this.judge(elapsedMs, this.lostBytes / total);
            this.startWindow(sample.nowMs);
        }
    }

    onFeedbackLost(nowMs: number): void {
        if (!this.silent) {
            if (!this.fruitful) {
                this.lower(this.rateBps * FRUITLESS); // answers come, but nothing that is sent arrives
            }
            this.fruitful = false;
            this.silent = true;
        }
        this.policy.onFeedbackLost(nowMs);
    }

    setSettings(settings: RateSettings): void {
        this.settings = settings;
        this.limitBps = Infinity;
        this.loweredAtShare = undefined;
        this.policy.setSettings(settings);
    }

    private judge(elapsedMs: number, lossShare: number): void {
        if (lossShare > MAX_LOSS_SHARE) {
            this.badWindows += 1;
            if (this.badWindows >= BAD_WINDOWS) {
                this.badWindows = 0;
                this.onLastingLoss((this.acknowledgedBytes * 8000) / elapsedMs, lossShare);
            }
            return;
        }
        this.badWindows = 0;
        if (this.isClearlyLess(lossShare)) {
            this.loweredAtShare = undefined;
        }
        if (this.limitBps < this.settings.targetBps) {
            this.limitBps *= RECOVERY;
        }
    }

    private onLastingLoss(deliveredBps: number, lossShare: number): void {
        if (this.isClearlyLess(lossShare)) {
            this.loweredAtShare = lossShare;
            this.lower(deliveredBps * ABOVE_DELIVERED);
        }
    }

    private isClearlyLess(lossShare: number): boolean {
        return this.loweredAtShare === undefined || lossShare < this.loweredAtShare * UNCHANGED_SHARE;
    }

    private lower(limitBps: number): void {
        this.limitBps = Math.max(limitBps, this.settings.targetBps * FLOOR_SHARE);
    }

    private startWindow(nowMs: number): void {
        this.windowStartMs = nowMs;
        this.acknowledgedBytes = 0;
        this.lostBytes = 0;
    }
}
