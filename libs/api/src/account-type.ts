import { StageReport } from '@connect/base';
import { RemoteFileSystem } from './remote-file-system';
import { TransferCredentials, TransferEndpoint } from './transfer-engine';

/** One field of an account's form. The form is drawn from these; a new product needs no UI code. */
export interface AccountOption {
    readonly key: string;
    readonly label: string;
    readonly kind: 'text' | 'host' | 'port' | 'secret' | 'multiline-secret' | 'choice';
    readonly required: boolean;
    readonly default?: string;
    readonly choices?: ReadonlyArray<{ readonly value: string; readonly label: string }>;
    readonly help?: string;
}

/** Values by option key, secrets excluded: they are kept in the keychain under the account's id. */
export type AccountSettings = Readonly<Record<string, string>>;

/** Secrets by option key. */
export type AccountSecrets = Readonly<Record<string, string>>;

/** What a connected account offers; absent means that the product has no such thing. */
export interface AccountSession {
    readonly files?: RemoteFileSystem;
    /** Where engines reach the account's storage, and with what; asked anew for each run. */
    transferEndpoint?(): Promise<{ endpoint: TransferEndpoint; credentials: TransferCredentials }>;
    dispose(): void;
}

/** What a connection may ask of its surroundings. */
export interface AccountContext {
    /**
     * Fingerprint (`SHA256:…`) that the user trusts for `host:port`, or undefined when none was ever trusted; the
     * account type then rejects with `transfer.host-key-unknown` and puts `host`, `port`, `fingerprint` in its data.
     */
    trustedHostKey(host: string, port: number): string | undefined;
    /** Hears how far the connection comes. */
    onStage?(report: StageReport): void;
}

/** Where a connection to a transfer server would go, and with what. */
export interface ServerTarget {
    readonly host: string;
    readonly sshPort: number;
    readonly udpPort: number;
    readonly user: string;
    readonly credentials: TransferCredentials;
}

/** A product that accounts can be made for. Bind it to register it. */
export interface AccountType {
    /** Stable, kebab-case; stored with accounts. */
    readonly id: string;
    readonly label: string;
    readonly options: readonly AccountOption[];
    /** Rejects with a ConnectError when signing in or reaching the server fails. */
    connect(
        settings: AccountSettings,
        secrets: AccountSecrets,
        context: AccountContext
    ): Promise<AccountSession>;
    /**
     * For a test of the way to the server, stage by stage, when connecting fails. Undefined, as for a product that is no
     * transfer server: such an account is tested by connecting. @throws ConnectError `security.account-invalid`
     */
    serverTarget?(settings: AccountSettings, secrets: AccountSecrets): ServerTarget;
}

export const AccountType = Symbol('AccountType');
