import type { LogLevel } from '@connect/base';

/**
 * Which log a line belongs to, and with that which file.
 *
 * - `app`: the workbench itself: backend, windows, accounts, packages.
 * - `transfer`: the queue and the transfer engines.
 * - `sync`: what a sync finds and decides; its transfers are in `transfer`.
 * - `browser`: what browsers and web pages ask of the backend: logins, uploads, requests of sites.
 */
export type LogName = 'app' | 'transfer' | 'sync' | 'browser';

export const LOG_NAMES: readonly LogName[] = ['app', 'transfer', 'sync', 'browser'];

/** What one component writes into its log. Writing never fails and never waits: see {@link LogBook}. */
export interface ComponentLog {
    /**
     * One event, one line. Callers log no secrets; what looks like one is taken out nevertheless.
     *
     * @param jobId transfer that it is about
     */
    write(level: LogLevel, text: string, jobId?: string): void;
    /** Whether the settings let lines of this level through now: spares the making of a text that nobody wants. */
    isOn(level: LogLevel): boolean;
}

/**
 * The logs of this user, for every extension of the backend: inject it, optionally where one must work without.
 * A disk that is full or a folder that cannot be written stops nobody: lines are lost, counted, and that is said once.
 */
export interface LogBook {
    /** @param component kebab-case, e.g. `queue` */
    component(log: LogName, component: string): ComponentLog;
}

export const LogBook = Symbol('LogBook');
