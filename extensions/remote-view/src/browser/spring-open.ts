/** How long a drag rests on a closed folder before it opens. */
export const SPRING_OPEN_MS = 800;

/** Opens the folder that a drag rests on. One at a time; moving on to another one starts anew. */
export class SpringOpen {
    private key: string | undefined;
    private timer: ReturnType<typeof setTimeout> | undefined;

    /** The drag is over the folder `key`, or over none. Called with every move. */
    over(key: string | undefined, open: () => void): void {
        if (key === this.key) {
            return;
        }
        this.cancel();
        this.key = key;
        if (key !== undefined) {
            this.timer = setTimeout(open, SPRING_OPEN_MS);
        }
    }

    cancel(): void {
        clearTimeout(this.timer);
        this.timer = undefined;
        this.key = undefined;
    }
}
