import type { Lab } from '../lab';
import { TcpAlgorithm } from '../paths/network-path';
import { Work } from '../payload';

/** What is needed from Debian, and what for. */
export interface PackageNeed {
    readonly package: string;
    /** A program of it; where it exists nothing is installed. */
    readonly program: string;
}

/** One command that moves a work from one end to the other. */
export interface PeerCommand {
    /** Runs at the client's end. */
    readonly command: readonly string[];
    readonly env?: NodeJS.ProcessEnv;
}

/** A program that people use to move files, run as someone who is in a hurry would run it. */
export interface Peer {
    readonly id: string;
    /** In tables. */
    readonly label: string;
    /** How it is run, in words: what makes the comparison fair. */
    readonly how: string;
    readonly tcp?: TcpAlgorithm;
    readonly needs: readonly PackageNeed[];
    /** What it can move. */
    readonly moves: readonly Work['kind'][];
    /** Starts what it needs on the server (cached by the lab) and gives the command; `work` lands in `lab.target`. */
    prepare(lab: Lab, work: Work, linkBps: number): Promise<PeerCommand>;
}
