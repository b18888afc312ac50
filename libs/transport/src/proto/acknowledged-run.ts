import { META_STREAM, StreamId } from './types';

/** Packets mostly carry consecutive blocks: collects what they acknowledge, so that it is told in long runs. */
export class AcknowledgedRun {
    private stream: StreamId = META_STREAM;
    private start = 0;
    private end = 0;

    constructor(private readonly onRun: (stream: StreamId, start: number, end: number) => void) {}

    extend(stream: StreamId, offset: number, length: number): void {
        if (stream !== this.stream || offset !== this.end) {
            this.flush();
            this.stream = stream;
            this.start = offset;
        }
        this.end = offset + length;
    }

    /** Tells what was collected; to be called after the last `extend` of a report. */
    flush(): void {
        const start = this.start;
        this.start = this.end;
        if (start < this.end) {
            this.onRun(this.stream, start, this.end);
        }
    }
}
