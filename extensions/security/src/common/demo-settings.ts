import { ConnectError } from '@connect/base';

/** What the start script tells about the server it started beside the app. */
export interface DemoSettings {
    readonly name: string;
    readonly host: string;
    readonly sshPort: number;
    readonly udpPort: number;
    readonly user: string;
    /** `SHA256:…` */
    readonly fingerprint: string;
    readonly password: string;
}

/** @throws ConnectError `usage` when `text` is not the JSON form of {@link DemoSettings}; never repeats `text`. */
export function parseDemoSettings(text: string): DemoSettings {
    let value: Partial<Record<keyof DemoSettings, unknown>> | undefined;
    try {
        value = JSON.parse(text) as typeof value;
    } catch (error) {
        if (!(error instanceof SyntaxError)) {
            throw error;
        }
    }
    const isText = (key: keyof DemoSettings): boolean =>
        typeof value?.[key] === 'string' && value[key] !== '';
    const isPort = (key: keyof DemoSettings): boolean => Number.isInteger(value?.[key]);
    const texts = ['name', 'host', 'user', 'fingerprint', 'password'] as const;
    const ports = ['sshPort', 'udpPort'] as const;
    if (!texts.every(isText) || !ports.every(isPort)) {
        throw new ConnectError('usage', 'CONNECT_DEMO does not describe a server.');
    }
    return value as DemoSettings;
}
