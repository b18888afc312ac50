const MINUTE_MS = 60_000;

/** How long ago something was, for people, as coarse as they say it. @param ms ≥ 0; clocks that were set back count as now */
export function agoText(ms: number): string {
    const minutes = Math.floor(ms / MINUTE_MS);
    if (minutes < 1) {
        return 'just now';
    }
    const hours = Math.floor(minutes / 60);
    return hours < 1
        ? `${minutes} min ago`
        : hours < 24
          ? `${hours} h ago`
          : `${Math.floor(hours / 24)} d ago`;
}
