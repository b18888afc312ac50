import { NamespacePair, namespacesUnavailable } from './network-namespaces';
import { TransferBench } from './transfer-bench';

/** A server and its clients on two hosts. There while the tests of the suite run. */
export interface DistantBench {
    readonly bench: TransferBench;
    /** The hosts, and the cable between them at which bytes are counted. */
    readonly pair: NamespacePair;
}

/**
 * To be called in a suite: sets it up before the first test, and takes it down after the last. Where namespaces cannot
 * be had the suite is skipped.
 * @param fill makes the files of the tests
 */
export function distantBench(fill: (bench: TransferBench) => void = () => undefined): DistantBench {
    let pair: NamespacePair | undefined;
    let bench: TransferBench | undefined;
    before(async function () {
        if (namespacesUnavailable()) {
            return this.skip();
        }
        pair = new NamespacePair();
        const { serverPrefix, clientPrefix, serverAddress: host } = pair;
        bench = await TransferBench.start({ host, serverPrefix, clientPrefix });
        fill(bench);
    });
    after(async () => {
        await bench?.dispose();
        pair?.dispose();
    });
    return {
        get bench() {
            return bench!;
        },
        get pair() {
            return pair!;
        }
    };
}
