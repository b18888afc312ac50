/** Told how far what is at the target was read or compared, so that people who wait for that see how far it is. */
export interface ComparisonWatch {
    /** So many bytes are about to be. */
    onToCompare(bytes: number): void;
    /** So many of them were. */
    onCompared(bytes: number): void;
}
