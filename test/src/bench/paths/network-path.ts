/** What an emulated link is set to. */
export interface LinkSettings {
    readonly rttMs: number;
    readonly lossPercent: number;
    /** IP bits per second; 0 = no cap. */
    readonly rateBps: number;
    readonly queueBytes: number;
}

export type TcpAlgorithm = 'cubic' | 'bbr';

/** What the path itself can say about one run. */
export interface PathObservation {
    /** Why the run does not count, or undefined when the path was as it should be. */
    readonly starved?: string;
    /** Share of packets from client to server that were lost at random, in [0, 1]. */
    readonly lossShare?: number;
    /** IP bytes that the client handed to the link, whatever became of them. */
    readonly offeredBytes?: number;
    /** Wall clock of the first full-size UDP packet of the client. */
    readonly firstDatagramMs?: number;
}

/** Two hosts, `client` and `server`, and what lies between them. */
export interface NetworkPath {
    readonly label: string;
    /** Put before a command to run it at that end. */
    readonly clientPrefix: readonly string[];
    readonly serverPrefix: readonly string[];
    readonly serverAddress: string;
    /** All TCP connections made from now on; no effect where a path cannot choose. */
    setTcp(algorithm: TcpAlgorithm): Promise<void>;
    /** Called just before a run; the link is quiet. */
    beginRun(): Promise<void>;
    endRun(): Promise<PathObservation>;
    dispose(): Promise<void>;
}
