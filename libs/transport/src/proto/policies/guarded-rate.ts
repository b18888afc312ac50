import { RateController, RateSample, RateSettings } from '../rate-controller';

/** Above this share of lost bytes the path carries less than is sent, or nothing useful is left of the rate. */
const MAX_LOSS_SHARE = 0.3;
/** The share is taken over at least one round trip and this long, so that one burst does not decide. */
const MIN_WINDOW_MS = 200;
/** A share of less than this many bytes says nothing. */
const MIN_WINDOW_BYTES = 64 * 1024;
/** Only loss that lasts counts: an interruption of the path may take all of one window and say nothing about the next. */
const BAD_WINDOWS = 2;
/** Limit after too much loss, relative to what was delivered. */
const ABOVE_DELIVERED = 1.1;
/** Growth of the limit per window without too much loss. */
const RECOVERY = 1.1;
/** However much is lost, this share of the target is still tried. */
const FLOOR_SHARE = 1 / 32;

/**
 * The safety rules of every policy, around the controller of that policy:
 * - without feedback the rate is 0 until a report comes (the sender keeps probing meanwhile);
 * - when more than about a third of what is sent gets lost, the rate falls to a little above what is delivered and
 *   then rises slowly. That caps the share of retransmissions; loss below the cap never lowers the rate here.
 */
export class GuardedRate implements RateController {
    private limitBps = Infinity;
    private silent = false;
    private windowStartMs: number | undefined;
    private acknowledgedBytes = 0;
    private lostBytes = 0;
    private badWindows = 0;

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
        if (elapsedMs >= Math.max(sample.rttMs, MIN_WINDOW_MS)) {
            this.judge(elapsedMs);
            this.startWindow(sample.nowMs);
        }
    }

    onFeedbackLost(nowMs: number): void {
        this.silent = true;
        this.policy.onFeedbackLost(nowMs);
    }

    setSettings(settings: RateSettings): void {
        this.settings = settings;
        this.limitBps = Infinity;
        this.policy.setSettings(settings);
    }

    private judge(elapsedMs: number): void {
        const total = this.acknowledgedBytes + this.lostBytes;
        if (total >= MIN_WINDOW_BYTES && this.lostBytes > total * MAX_LOSS_SHARE) {
            this.badWindows += 1;
            if (this.badWindows >= BAD_WINDOWS) {
                const delivered = (this.acknowledgedBytes * 8000) / elapsedMs;
                this.limitBps = Math.max(delivered * ABOVE_DELIVERED, this.settings.targetBps * FLOOR_SHARE);
            }
            return;
        }
        this.badWindows = 0;
        if (this.limitBps < this.settings.targetBps) {
            this.limitBps *= RECOVERY;
        }
    }

    private startWindow(nowMs: number): void {
        this.windowStartMs = nowMs;
        this.acknowledgedBytes = 0;
        this.lostBytes = 0;
    }
}
