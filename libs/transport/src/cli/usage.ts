import { ConnectError } from '@connect/base';

/** The command line asks for what cannot be. */
export function usage(message: string): ConnectError {
    return new ConnectError('usage', message);
}

/** The value of an option that is a whole number. @throws ConnectError `usage` beyond [least, most]. */
export function integer(option: string, text: string, least: number, most: number): number {
    const value = Number(text);
    if (!/^\d+$/.test(text) || value < least || value > most) {
        throw usage(`${option}: "${text}" is not a whole number from ${least} to ${most}`);
    }
    return value;
}
