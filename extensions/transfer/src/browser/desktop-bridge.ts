/** What a desktop app can do beyond a browser: a part of the bridge that Theia puts into the window. */
export interface DesktopBridge {
    /** Where a dropped file is; empty for what is no file of this computer. */
    getPathForFile(file: File): string;
    /** Opens a file, folder or address with the program that the system has for it. */
    openWithSystemApp(location: string): void;
    /** Brings the window to the front. */
    focusWindow(): void;
}

/** Undefined in a browser. */
export function desktopBridge(): DesktopBridge | undefined {
    return (window as { electronTheiaCore?: DesktopBridge }).electronTheiaCore;
}
