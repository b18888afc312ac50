import { millisecondsText } from './stages';

/** What was found out about a path; as the transport's probe tells it. */
export interface PathNumbers {
    readonly packetsSent: number;
    readonly packetsArrived: number;
    /** 0 to 100. */
    readonly lossPercent?: number;
    readonly minRttMs?: number;
    readonly averageRttMs?: number;
    /** Largest IP packet that arrived. */
    readonly packetBytes?: number;
}

/** In sentences. @param place address and port */
export function pathEvidence(place: string, found: PathNumbers): string[] {
    const { packetsSent, packetsArrived, lossPercent, minRttMs, averageRttMs, packetBytes } = found;
    return [
        `${packetsSent} probes sent to ${place}, ${packetsArrived} arrived`,
        ...(minRttMs !== undefined && averageRttMs !== undefined
            ? [`Round trip ${millisecondsText(minRttMs)}, ${millisecondsText(averageRttMs)} on average`]
            : []),
        ...(lossPercent === undefined
            ? []
            : [`Loss ${lossPercent.toFixed(lossPercent % 1 === 0 ? 0 : 1)} %`]),
        ...(packetBytes === undefined ? [] : [`IP packets of ${packetBytes} bytes pass`])
    ];
}
